//! What a person before a wall meets, in a real Chromium: `end2end/bench`.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::installation::{ADMIN, Installation, Running};
use crate::needs;
use crate::step::{Outcome, command, root, run};

/// Verdicts per second that make 1,000 changes: nine in ten of the churn's turn the status.
pub(super) const THOUSAND_CHANGES: &str = "1120";

/// Opening, frames and the comparison with DOM elements, one after the other on the same server; the first two once more on a screen of
/// four times as many pixels, and there for a million monitors as well: its opening alone, for beside a browser two cores have no time
/// left for a million monitors' own verdicts and 1,000 changes per second.
pub(super) fn wall() -> Outcome<()> {
    for monitors in [10_000, 100_000, 1_000_000] {
        let place = Installation::with_demo(monitors / 50, monitors)?;
        let server = start(&place, THOUSAND_CHANGES)?;
        let script = || -> Outcome<Command> {
            let mut script = script("wall.mjs", &place, &server)?;
            script.env("NOCTURNE_MONITORS", monitors.to_string());
            Ok(script)
        };
        if monitors <= 100_000 {
            run(&mut script()?)?;
        }
        let measures: &[&str] = if monitors <= 100_000 { &["opening", "frames"] } else { &["opening"] };
        run(script()?.args(measures).env("NOCTURNE_SCREEN", "3840x2160"))?;
    }
    Ok(())
}

/// From a sender's first byte to the pixel.
pub(super) fn pixel() -> Outcome<()> {
    let place = Installation::with_demo(200, 10_000)?;
    let server = start(&place, THOUSAND_CHANGES)?;
    run(script("pixel.mjs", &place, &server)?.env("NOCTURNE_MONITORS", "10000"))
}

/// From a moment on the time bar to the wall as it was then, while 1,000 monitors change each second.
pub(super) fn seek() -> Outcome<()> {
    let place = Installation::with_demo(200, 10_000)?;
    let server = start(&place, THOUSAND_CHANGES)?;
    run(script("seek.mjs", &place, &server)?.env("NOCTURNE_MONITORS", "10000"))
}

/// What 2 million changes leave in the memory of a page.
pub(super) fn heap() -> Outcome<()> {
    let place = Installation::with_demo(200, 10_000)?;
    let server = start(&place, "20000")?;
    run(script("heap.mjs", &place, &server)?.env("NOCTURNE_MONITORS", "10000"))
}

/// Starts a server with churn, and waits until every monitor has been looked at once: that takes half a minute after a start.
fn start(place: &Installation, churn: &str) -> Outcome<Running> {
    let server = place.start(&["--churn", churn])?;
    thread::sleep(Duration::from_secs(35));
    Ok(server)
}

/// A script of `end2end/bench`, with what it needs to come in as the admin.
pub(crate) fn script(name: &str, place: &Installation, server: &Running) -> Outcome<Command> {
    let chromium = needs::chromium()?;
    needs::npm_packages()?;
    let folder = root().join("end2end/bench");
    let mut node = command("node");
    node.arg(folder.join(name)).current_dir(&folder).env("NOCTURNE_CHROMIUM", chromium);
    node.env("NOCTURNE_URL", format!("http://{}", server.address));
    node.env("NOCTURNE_EMAIL", ADMIN).env("NOCTURNE_PASSWORD", place.password());
    Ok(node)
}
