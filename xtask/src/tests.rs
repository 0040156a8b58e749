//! Everything that must hold before a change is taken: format, lints, docs, tests on both engines, and the browser.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use fixture::Cluster;

use crate::needs;
use crate::site::{self, Kind};
use crate::step::{Outcome, built, cargo, command, root, run, run_and_tell, step};

/// One choice of packages and features for clippy, docs, tests and build, so that cargo compiles each dependency once for all of
/// them. `xtask` stands apart: it is compiled already, with features of its own.
pub(crate) const NATIVE: [&str; 7] =
    ["--workspace", "--exclude", "frontend", "--exclude", "xtask", "--features", "server/test-clock"];
const WASM: [&str; 4] = ["--package", "frontend", "--target", "wasm32-unknown-unknown"];
const XTASK: [&str; 2] = ["--package", "xtask"];
const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

pub(crate) fn run_all() -> Outcome<()> {
    step("everything", || {
        needs::rustfmt_and_clippy()?;
        needs::wasm_target()?;
        step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
        step("clippy, native", || run(clippy().args(NATIVE).arg("--all-targets").args(DENY_WARNINGS)))?;
        step("clippy, wasm", || run(clippy().args(WASM).args(DENY_WARNINGS)))?;
        step("clippy, xtask", || run(clippy().args(XTASK).arg("--all-targets").args(DENY_WARNINGS)))?;
        step("docs", || run(cargo().args(["doc", "--no-deps"]).args(NATIVE).env("RUSTDOCFLAGS", "-Dwarnings")))?;
        step("tests of xtask", || run(cargo().arg("test").args(XTASK)))?;
        tests(None)
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
    // For the tests that stop and start a PostgreSQL of their own.
    native.env("NOCTURNE_TEST_POSTGRES_PROGRAMS", &programs).env("NOCTURNE_TEST_NGINX", &nginx);
    // Most tests wait for a disk, a server or a time-out, and cargo's folder is free once they run: the site is compiled beside them.
    let site = thread::scope(|scope| {
        let (begun, begins) = mpsc::channel();
        let tests = scope.spawn(move || step("tests, native", || run_and_tell(&mut native, "Running ", &begun)));
        // Nobody is left to tell it where none of them could be built: then there is nothing to wait for.
        let builds = begins.recv().is_ok();
        let site = if builds { step("site", || site::build(Kind::Dev)) } else { Err("there is no site without tests".into()) };
        tests.join().map_err(|_| "the thread of the tests panicked")??;
        site
    })?;
    // The server stands already: cargo built it for the tests that start it. `cargo build` would choose other features for some
    // dependencies, without those that only tests need, and compile them once more.
    step("tests, browser", || run(&mut playwright(filter, &built("debug", "nocturne")?, &site, &chromium, &cluster)))
}

fn clippy() -> Command {
    let mut clippy = cargo();
    clippy.arg("clippy");
    clippy
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
