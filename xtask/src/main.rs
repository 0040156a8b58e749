//! `cargo xtask`: builds the site and the server, runs them, and runs every test. What is missing on the machine it installs, or
//! it says in one line what to install.

mod bench;
mod needs;
mod pictures;
mod site;
mod step;
mod tests;

use std::env;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;
use std::thread;

use site::Kind;
use step::{Outcome, cargo, root, run, step};

const USAGE: &str = "usage:
  cargo xtask build [--release]   the site, then the server
  cargo xtask serve [arguments]   build what is quick to build and to use, and run `nocturne serve` on ./data
  cargo xtask bench [name]        build for release and measure everything, or what has a name that begins so
  cargo xtask pictures            build for release and take the README's pictures anew
  cargo xtask test [filter]       every check and test; with a filter, only the tests whose name contains it";

fn main() -> ExitCode {
    match try_main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn try_main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        words if tests::is_rustdoc() => tests::rustdoc(words),
        ["build"] => build(Kind::Dev),
        ["build", "--release"] => build(Kind::Release),
        ["serve", rest @ ..] => serve(rest),
        ["bench"] => bench::bench(""),
        ["bench", filter] => bench::bench(filter),
        ["pictures"] => pictures::take(),
        ["test"] => tests::run_all(),
        ["test", filter] => tests::run_matching(filter),
        _ => Err(USAGE.into()),
    }
}

fn build(kind: Kind) -> Outcome<()> {
    needs::wasm_target()?;
    match kind {
        Kind::Dev | Kind::Linted => {
            site::build(kind)?;
            run(cargo().arg("build").args(tests::NATIVE))?;
            eprintln!("{}", step::built("debug", "nocturne")?.display());
            Ok(())
        }
        Kind::Serve => build_with_site(kind, "serve"),
        Kind::Release => build_with_site(kind, "release"),
    }
}

/// The server by a profile, the site inside of it.
fn build_with_site(kind: Kind, profile: &str) -> Outcome<()> {
    let server = ["build", "--profile", profile, "--package", "server", "--features", "embed"];
    // All of the server but the binary itself needs no site: a release compiles it beside the wasm. By `serve` both have one profile,
    // whose macros are compiled once, and so one waits for the other's lock on the folder.
    thread::scope(|scope| {
        let library = scope.spawn(|| step("server", || run(cargo().args(server).args(["--lib", "--quiet"]))));
        site::build(kind)?;
        library.join().map_err(|_| "the thread that builds the server panicked")?
    })?;
    step("binary", || run(cargo().args(server)))?;
    eprintln!("{}", step::built(profile, "nocturne")?.display());
    Ok(())
}

/// Builds, then becomes the server: signals reach it directly, so Ctrl-C and SIGTERM end it the way they do in production.
fn serve(arguments: &[&str]) -> Outcome<()> {
    build(Kind::Serve)?;
    let mut server = step::command(step::built("serve", "nocturne")?);
    server.arg("serve");
    if !arguments.iter().any(|argument| argument.starts_with("--data-dir")) {
        server.arg("--data-dir").arg(root().join("data"));
    }
    Err(server.args(arguments).exec().into())
}
