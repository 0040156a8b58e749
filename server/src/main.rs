//! The binary `nocturne`: the server with the site inside. The site is all that it adds, so that everything else can be compiled
//! before there is one.

use std::process::ExitCode;

use server::Files;

fn main() -> ExitCode {
    server::run(site)
}

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../target/site-release"]
struct Embedded;

#[cfg(feature = "embed")]
fn site() -> Files {
    Embedded::iter().filter_map(|path| Some((path.to_string(), Embedded::get(&path)?.data))).collect()
}

#[cfg(not(feature = "embed"))]
fn site() -> Files {
    Files::new()
}
