//! Where things are, and how a program is run: from the root of the repository, and without the variables that `cargo run` left.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::time::Instant;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Cargo's folder. The site is always below `target/`, for the server's crate names that folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// What cargo built for this machine: `.cargo/config.toml` names the target.
///
/// # Errors
/// When `rustc` does not say what machine this is.
pub(crate) fn built(profile: &str, program: &str) -> Outcome<PathBuf> {
    let host = answer("rustc", &["--print", "host-tuple"]).ok_or("rustc does not say what machine this is")?;
    Ok(target().join(host).join(profile).join(program))
}

pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    // Build scripts that watch these would run again whenever cargo is called from here and not from a shell.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_left_by_cargo_run) {
            command.env_remove(name);
        }
    }
    command
}

fn is_left_by_cargo_run(name: &str) -> bool {
    let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    prefixes.iter().any(|prefix| name.starts_with(prefix)) || name == "CARGO_PRIMARY_PACKAGE" || name == "OUT_DIR"
}

pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// [`cargo`] that leaves the processor to others.
pub(crate) fn nice() -> Command {
    let mut nice = command("nice");
    nice.args(["-n", "10"]).arg(cargo().get_program());
    nice
}

/// Runs a program on this terminal.
///
/// # Errors
/// When it cannot be started, and when it ends with anything but success.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    let status = command.status().map_err(|error| format!("{}: {error}", shown(command)))?;
    succeeded(status, command)
}

/// Runs a program on this terminal, and tells it each time that a line of its standard error begins with `word`.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_and_tell(command: &mut Command, word: &str, tell: &Sender<()>) -> Outcome<()> {
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| format!("{}: {error}", shown(command)))?;
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).split(b'\n')) {
        let line = String::from_utf8_lossy(&line?).into_owned();
        eprintln!("{line}");
        if line.trim_start().starts_with(word) {
            // Whoever waited for the first one no longer listens.
            let _ = tell.send(());
        }
    }
    succeeded(child.wait()?, command)
}

fn succeeded(status: ExitStatus, command: &Command) -> Outcome<()> {
    if status.success() { Ok(()) } else { Err(format!("failed ({status}): {}", shown(command)).into()) }
}

/// The first line that a program writes, or None when it is missing or fails.
pub(crate) fn answer(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = command(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Announces a step, does it, and says how long it took, whatever came of it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    eprintln!("== {name}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    match outcome {
        Ok(value) => {
            eprintln!("== {name}: ok, {seconds:.1} s");
            Ok(value)
        }
        Err(error) => Err(format!("== {name}: FAILED, {seconds:.1} s: {error}").into()),
    }
}

/// An I/O error that says which file it is about.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
