//! The site: what a browser fetches besides pages. The wasm with its JavaScript, one stylesheet, and `public/`, all under
//! `pkg/<content hash>/`, so that a browser may keep them for ever; `site.json` names the hash.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::step::{Outcome, at, cargo, nice, root, run, step, target};
use crate::tests::linted;

const STYLES_THAT_COME_FIRST: [&str; 2] = ["tokens.css", "base.css"];
const COMPRESSIBLE: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];
const HASH_LENGTH: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quick to build; function names stay in the wasm.
    Dev,
    /// The same, and clippy has nothing to say against it.
    Linted,
    /// As quick to build as it can be and still be quick to use.
    Serve,
    /// Small, with compressed copies beside each file.
    Release,
}

impl Kind {
    fn site(self) -> PathBuf {
        root().join("target").join(match self {
            Kind::Dev | Kind::Linted => "site",
            Kind::Serve | Kind::Release => "site-release",
        })
    }

    fn profile(self) -> (&'static str, &'static str) {
        match self {
            Kind::Dev | Kind::Linted => ("dev", "debug"),
            Kind::Serve => ("serve", "serve"),
            Kind::Release => ("wasm-release", "wasm-release"),
        }
    }
}

/// Builds the site and answers where it is. A site of the same content stays untouched, so the server is not linked again.
pub(crate) fn build(kind: Kind) -> Outcome<PathBuf> {
    let wasm = compile(kind)?;
    let site = kind.site();
    let staging = site.with_extension("new");
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(at(&staging))?;
    }
    fs::create_dir_all(&staging).map_err(at(&staging))?;
    step("bind", || bind(kind, &wasm, &staging))?;
    fs::write(staging.join("nocturne.css"), stylesheet(&root().join("style"))?)?;
    copy(&root().join("public"), &staging)?;

    let files = files_below(&staging)?;
    let hash = content_hash(&staging, &files)?;
    let place = site.join("pkg").join(&hash);
    if place.exists() {
        fs::remove_dir_all(&staging).map_err(at(&staging))?;
    } else {
        match kind {
            Kind::Dev | Kind::Linted => {}
            Kind::Serve => step("compress", || compress(&files, Effort::Little))?,
            Kind::Release => step("compress", || compress(&files, Effort::Most))?,
        }
        fs::create_dir_all(site.join("pkg"))?;
        fs::rename(&staging, &place).map_err(at(&place))?;
    }
    write_if_other(&site.join("site.json"), &format!("{{\"build\":\"{hash}\"}}\n"))?;
    remove_others(&site.join("pkg"), &hash)?;
    eprintln!("{}", place.display());
    Ok(site)
}

fn compile(kind: Kind) -> Outcome<PathBuf> {
    let (profile, folder) = kind.profile();
    let build = ["build", "--package", "frontend", "--target", "wasm32-unknown-unknown", "--profile", profile];
    let mut cargo = match kind {
        // It gives way to the tests that run beside it.
        Kind::Dev | Kind::Linted => nice(),
        Kind::Serve | Kind::Release => cargo(),
    };
    // By variables and not by profiles of their own, for those would compile every procedural macro once more.
    match kind {
        // A browser says the names of functions, and reads no line tables: they are tens of megabytes to write and to read again.
        Kind::Dev | Kind::Linted => drop(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0")),
        Kind::Serve => drop(cargo.env("CARGO_PROFILE_SERVE_OPT_LEVEL", "s")),
        Kind::Release => {}
    }
    if kind == Kind::Linted {
        linted(&mut cargo);
    }
    step("wasm", || run(cargo.args(build)))?;
    Ok(target().join("wasm32-unknown-unknown").join(folder).join("frontend.wasm"))
}

fn bind(kind: Kind, wasm: &Path, folder: &Path) -> Outcome<()> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.input_path(wasm).out_name("nocturne").typescript(false);
    if matches!(kind, Kind::Serve | Kind::Release) {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    Ok(bindgen.generate(folder)?)
}

/// All of `style/` in one text: what others build on first, the rest by name.
fn stylesheet(folder: &Path) -> Outcome<String> {
    let mut paths = files_below(folder)?;
    paths.retain(|path| path.extension() == Some(OsStr::new("css")));
    paths.sort_by_key(|path| Reverse(earliness(path)));
    let mut text = String::new();
    for path in paths {
        text.push_str(&fs::read_to_string(&path).map_err(at(&path))?);
        text.push('\n');
    }
    Ok(text)
}

/// Higher comes earlier; 0 for all that do not care.
fn earliness(path: &Path) -> usize {
    let name = path.file_name().unwrap_or_default();
    let place = STYLES_THAT_COME_FIRST.iter().position(|first| name == OsStr::new(first));
    place.map_or(0, |place| STYLES_THAT_COME_FIRST.len() - place)
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    for path in files_below(from)? {
        let copy = to.join(path.strip_prefix(from)?);
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        fs::copy(&path, &copy).map_err(at(&path))?;
    }
    Ok(())
}

/// Every file below a folder, sorted by path.
pub(crate) fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Over names, lengths and contents: any change of any file gives another address to all of them.
fn content_hash(folder: &Path, files: &[PathBuf]) -> Outcome<String> {
    let mut hash = Sha256::new();
    for path in files {
        let content = fs::read(path).map_err(at(path))?;
        let name = path.strip_prefix(folder)?.to_string_lossy();
        hash.update(format!("{name}\0{}\0", content.len()));
        hash.update(content);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        write!(text, "{byte:02x}")?;
    }
    text.truncate(HASH_LENGTH);
    Ok(text)
}

/// How much time compression may take.
#[derive(Clone, Copy)]
enum Effort {
    /// Seconds, and a tenth larger.
    Little,
    /// Half a minute and more.
    Most,
}

/// Writes `.br` and `.gz` beside each file that becomes smaller by it, the files in parallel.
fn compress(files: &[PathBuf], effort: Effort) -> Outcome<()> {
    let brotli = match effort {
        Effort::Little => |content: &[u8]| brotli(content, 9),
        Effort::Most => |content: &[u8]| brotli(content, 11),
    };
    let compressible = |path: &&PathBuf| path.extension().and_then(OsStr::to_str).is_some_and(|end| COMPRESSIBLE.contains(&end));
    thread::scope(|scope| {
        let mut work = Vec::new();
        for path in files.iter().filter(compressible) {
            work.push(scope.spawn(|| compress_one(path, "br", brotli)));
            work.push(scope.spawn(|| compress_one(path, "gz", gzip)));
        }
        for thread in work {
            thread.join().map_err(|_| "a thread that compresses panicked")??;
        }
        Ok(())
    })
}

fn compress_one(path: &Path, end: &str, with: fn(&[u8]) -> io::Result<Vec<u8>>) -> Outcome<()> {
    let content = fs::read(path).map_err(at(path))?;
    let compressed = with(&content)?;
    if compressed.len() < content.len() {
        fs::write(format!("{}.{end}", path.display()), compressed)?;
    }
    Ok(())
}

fn brotli(content: &[u8], quality: i32) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, size_hint: content.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

fn write_if_other(path: &Path, text: &str) -> Outcome<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    Ok(fs::write(path, text).map_err(at(path))?)
}

fn remove_others(folder: &Path, hash: &str) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry?.path();
        if path.file_name() != Some(OsStr::new(hash)) {
            fs::remove_dir_all(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod test {
    use super::{brotli, content_hash, files_below, gzip, stylesheet};
    use std::fs;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("nocturne-xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("fonts")).unwrap();
        folder
    }

    #[test]
    fn tokens_and_base_come_before_the_features() {
        let folder = folder("style");
        for name in ["wall", "base", "customers", "tokens"] {
            fs::write(folder.join(name).with_extension("css"), format!(".{name}{{}}")).unwrap();
        }
        fs::write(folder.join("fonts/OFL.txt"), "not a style").unwrap();
        assert_eq!(stylesheet(&folder).unwrap(), ".tokens{}\n.base{}\n.customers{}\n.wall{}\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn another_name_or_content_is_another_build() {
        let folder = folder("hash");
        let hash = || content_hash(&folder, &files_below(&folder).unwrap()).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let first = hash();
        assert_eq!(first.len(), 16);
        assert_eq!(first, hash());
        fs::rename(folder.join("a"), folder.join("fonts/a")).unwrap();
        let second = hash();
        fs::write(folder.join("fonts/a"), "2").unwrap();
        assert!(first != second && second != hash());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_compressed_comes_back() {
        let text = "nocturne ".repeat(1_000);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(text.as_bytes(), 11).unwrap()[..], &mut plain).unwrap();
        assert_eq!(plain, text.as_bytes());
        let mut plain = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&gzip(text.as_bytes()).unwrap()[..]), &mut plain)
            .unwrap();
        assert_eq!(plain, text);
    }
}
