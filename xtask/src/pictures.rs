//! `cargo xtask pictures`: the README's pictures, taken anew from a demonstration on what `cargo xtask serve` builds.

use crate::bench::{Installation, script, settle};
use crate::site::Kind;
use crate::step::{Outcome, root, run, step};

pub(crate) fn take() -> Outcome<()> {
    crate::build(Kind::Serve)?;
    step("pictures", || {
        let place = Installation::built("serve", 60, 2_000)?;
        let server = place.start(&[])?;
        settle(&server)?;
        run(script("pictures.mjs", &place, &server)?.env("NOCTURNE_PICTURES", root().join("docs/pictures")))
    })
}
