//! What a machine must have. Parts of the Rust toolchain and npm packages are installed; Chromium and PostgreSQL too when this is
//! root on Debian or Ubuntu, else one line says what to install.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::step::{Outcome, answer, at, command, root, run, step};

const OLDEST_NODE: u32 = 20;
const OLDEST_POSTGRES: u32 = 15;
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_ON_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

pub(crate) fn wasm_target() -> Outcome<()> {
    let arguments = ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"];
    if answer("rustc", &arguments).is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
}

pub(crate) fn rustfmt_and_clippy() -> Outcome<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if answer("cargo", &[subcommand, "--version"]).is_none() {
            run(command("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}

/// The packages of the browser tests, exactly as locked.
pub(crate) fn npm_packages() -> Outcome<()> {
    let version = answer("node", &["--version"]).unwrap_or_default();
    if major(&version).is_none_or(|major| major < OLDEST_NODE) {
        return Err(format!("install node {OLDEST_NODE} or newer with npm (found: {version:?})").into());
    }
    let folder = root().join("end2end");
    if is_newer(&folder.join("node_modules/.package-lock.json"), &folder.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm = command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    step("npm ci", || run(&mut npm))
}

/// The browser of the tests: Playwright's own download is not needed.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    if let Some(path) = find_chromium() {
        return Ok(path);
    }
    install(&["chromium"])?;
    find_chromium().ok_or_else(|| "install Chromium, or set NOCTURNE_CHROMIUM to the path of one".into())
}

/// The folder of `initdb` and `pg_ctl`.
pub(crate) fn postgres() -> Outcome<PathBuf> {
    if let Some(folder) = find_postgres() {
        return Ok(folder);
    }
    // The tests start a cluster of their own: Debian's package shall not make and start another.
    install(&["postgresql-common"])?;
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if settings.exists() {
        let text = fs::read_to_string(settings).map_err(at(settings))?;
        fs::write(settings, format!("{text}\ncreate_main_cluster = false\n")).map_err(at(settings))?;
    }
    install(&["postgresql"])?;
    find_postgres().ok_or_else(|| no_postgres().into())
}

/// The reverse proxy that is documented, and therefore tested.
pub(crate) fn nginx() -> Outcome<PathBuf> {
    if let Some(path) = find_nginx() {
        return Ok(path);
    }
    install(&["nginx-light"])?;
    find_nginx().ok_or_else(|| "install nginx".into())
}

/// Debian's place is not in everybody's `PATH`.
fn find_nginx() -> Option<PathBuf> {
    in_path("nginx").or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.exists()))
}

fn no_postgres() -> String {
    format!("install PostgreSQL {OLDEST_POSTGRES} or newer, the server, with its pg_config in PATH")
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(path) = env::var_os("NOCTURNE_CHROMIUM") {
        return Some(path.into());
    }
    let macos = Path::new(CHROMIUM_ON_MACOS);
    CHROMIUM_NAMES.iter().find_map(|name| in_path(name)).or_else(|| macos.exists().then(|| macos.to_owned()))
}

fn find_postgres() -> Option<PathBuf> {
    let told = answer("pg_config", &["--bindir"]).map(PathBuf::from);
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    told.into_iter().chain(debian).find(|folder| is_recent_postgres(folder))
}

fn is_recent_postgres(folder: &Path) -> bool {
    let version = answer(folder.join("postgres"), &["--version"]);
    folder.join("initdb").exists() && version.and_then(|version| major(&version)).is_some_and(|major| major >= OLDEST_POSTGRES)
}

fn install(packages: &[&str]) -> Outcome<()> {
    if in_path("apt-get").is_none() || answer("id", &["-u"]).as_deref() != Some("0") {
        return Err(format!("install with your package manager: {} (see README.md)", packages.join(" ")).into());
    }
    let apt = || {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    step(&format!("apt-get install {}", packages.join(" ")), || {
        run(apt().args(["update", "-q"]))?;
        run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(packages))
    })
}

fn in_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The first number in what a program says of its version: 20 of `v20.1.0`, 15 of `postgres (PostgreSQL) 15.4`.
fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    modified(path).zip(modified(than)).is_some_and(|(path, than)| path >= than)
}

#[cfg(test)]
mod test {
    use super::major;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major(""), None);
    }
}
