//! What a person before a wall meets, in a real Chromium: `end2end/bench`.

use super::Installation;
use super::installation::ADMIN;
use crate::needs;
use crate::step::{Outcome, command, root, run};

/// Prints every `wall.*` figure and `live.status_to_pixel_p99_ms`; each is told at its own place in `end2end/bench`.
pub(super) fn wall() -> Outcome<()> {
    let chromium = needs::chromium()?;
    needs::npm_packages()?;
    for monitors in [10_000, 100_000] {
        let place = Installation::with_demo(monitors / 50, monitors)?;
        let server = place.start(&["--churn", "1000"])?;
        let folder = root().join("end2end/bench");
        run(command("node")
            .arg(folder.join("wall.mjs"))
            .current_dir(&folder)
            .env("NOCTURNE_CHROMIUM", &chromium)
            .env("NOCTURNE_URL", format!("http://{}", server.address))
            .env("NOCTURNE_EMAIL", ADMIN)
            .env("NOCTURNE_PASSWORD", place.password())
            .env("NOCTURNE_MONITORS", monitors.to_string()))?;
    }
    Ok(())
}
