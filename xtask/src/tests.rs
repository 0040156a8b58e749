//! Everything that must hold before a change is taken: format, lints, docs, tests on both engines, and the browser.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use fixture::Cluster;

use crate::needs;
use crate::site::{self, Kind};
use crate::step::{Outcome, built, cargo, command, root, run, run_and_tell, step, target};

/// One choice of packages and features for tests and build, so that cargo compiles each dependency once for both. `xtask` stands
/// apart: it is compiled already, with features of its own.
pub(crate) const NATIVE: [&str; 7] =
    ["--workspace", "--exclude", "frontend", "--exclude", "xtask", "--features", "server/test-clock"];
const XTASK: [&str; 2] = ["--package", "xtask"];

pub(crate) fn run_all() -> Outcome<()> {
    step("everything", || {
        needs::rustfmt_and_clippy()?;
        needs::wasm_target()?;
        step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
        step("tests of xtask", || run(linted(cargo().arg("test").args(XTASK))))?;
        tests(None)?;
        step("benches", || run(linted(cargo().arg("build").args(NATIVE).args(["--bench", "*"]))))
    })
}

/// Only the tests, and of them only those whose name contains `filter`.
pub(crate) fn run_matching(filter: &str) -> Outcome<()> {
    needs::wasm_target()?;
    step(&format!("tests with {filter:?}"), || tests(Some(filter)))
}

fn tests(filter: Option<&str>) -> Outcome<()> {
    let programs = needs::postgres()?;
    let chromium = needs::chromium()?;
    needs::npm_packages()?;
    let nginx = needs::nginx()?;
    let cluster = step("PostgreSQL", || Cluster::start(&programs, ""))?;
    let mut native = cargo();
    native.arg("test").args(NATIVE).args(filter).env("NOCTURNE_TEST_POSTGRES", cluster.url());
    let kind = if filter.is_none() { Kind::Linted } else { Kind::Dev };
    if kind == Kind::Linted {
        linted(&mut native).env("RUSTDOC", env::current_exe()?);
    }
    // For the tests that stop and start a PostgreSQL of their own.
    native.env("NOCTURNE_TEST_POSTGRES_PROGRAMS", &programs).env("NOCTURNE_TEST_NGINX", &nginx);
    // Most tests wait for a disk, a server or a time-out, and cargo's folder is free once they run: the site is compiled beside them.
    let site = thread::scope(|scope| {
        let (begun, begins) = mpsc::channel();
        let tests = scope.spawn(move || step("tests, native", || run_and_tell(&mut native, "Running ", &begun)));
        // Nobody is left to tell it where none of them could be built: then there is nothing to wait for.
        let builds = begins.recv().is_ok();
        let site = if builds { step("site", || site::build(kind)) } else { Err("there is no site without tests".into()) };
        tests.join().map_err(|_| "the thread of the tests panicked")??;
        site
    })?;
    // The server stands already: cargo built it for the tests that start it. `cargo build` would choose other features for some
    // dependencies, without those that only tests need, and compile them once more.
    step("tests, browser", || run(&mut playwright(filter, &built("debug", "nocturne")?, &site, &chromium, &cluster)))
}

/// Lets clippy compile, and deny every warning: what is built to be tested is linted on the way, and no dependency is checked for that
/// and compiled once more. (It compiles without the compiler's own optimisations before LLVM's.) All of it is compiled once, so nothing
/// is kept that would make a second time quicker.
pub(crate) fn linted(cargo: &mut Command) -> &mut Command {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings");
    cargo.env("CARGO_INCREMENTAL", "0")
}

/// Whether cargo has called this program for `rustdoc`, as [`tests`] has told it to.
pub(crate) fn is_rustdoc() -> bool {
    env::var_os("RUSTDOC").is_some_and(|rustdoc| env::current_exe().is_ok_and(|own| own == rustdoc))
}

/// Runs a crate's examples, and writes its documentation before: a link in it that leads nowhere is an error. `cargo doc` would check
/// every dependency, all of which are compiled when the examples are run.
pub(crate) fn rustdoc(arguments: &[&str]) -> Outcome<()> {
    if arguments.contains(&"--test") {
        let mut documenting = rustdoc_itself();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--test" => {}
                "--test-run-directory" => drop(rest.next()),
                argument => drop(documenting.arg(argument)),
            }
        }
        run(documenting.args(["--deny", "warnings", "--out-dir"]).arg(target().join("doc")))?;
    }
    run(rustdoc_itself().args(arguments))
}

fn rustdoc_itself() -> Command {
    let mut rustdoc = Command::new("rustdoc");
    rustdoc.env_remove("RUSTDOC");
    rustdoc
}

fn playwright(filter: Option<&str>, server: &Path, site: &Path, chromium: &Path, cluster: &Cluster) -> Command {
    let folder = root().join("end2end");
    let mut playwright = command(folder.join("node_modules/.bin/playwright"));
    playwright.arg("test").current_dir(folder);
    if let Some(filter) = filter {
        // A filter may name tests that need no browser.
        playwright.args(["--pass-with-no-tests", "--grep", filter]);
    }
    playwright.env("NOCTURNE_BIN", server).env("NOCTURNE_SITE", site);
    playwright.env("NOCTURNE_CHROMIUM", chromium).env("NOCTURNE_TEST_POSTGRES", cluster.url());
    playwright
}

#[cfg(test)]
mod test {
    use fixture::Cluster;

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let cluster = Cluster::start(&crate::needs::postgres().unwrap(), "").unwrap();
        let address = cluster.url().split('@').nth(1).unwrap().trim_end_matches("/postgres").to_owned();
        let answers = || std::net::TcpStream::connect(&address).is_ok();
        assert!(answers());
        cluster.stop_at_once().unwrap();
        assert!(!answers());
        cluster.start_again().unwrap();
        assert!(answers());
        let folder = cluster.folder().to_owned();
        assert!(folder.exists());
        drop(cluster);
        assert!(!answers() && !folder.exists());
    }
}
