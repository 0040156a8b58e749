//! The site's files: from a folder, or inside the binary. Their address holds a hash of their contents, so they never change.

use std::{borrow::Cow, collections::HashMap, io, path::Path, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
};

/// Files by their path below the site.
pub type Files = HashMap<String, Cow<'static, [u8]>>;

/// Every file, and the build that they are.
#[derive(Clone)]
pub(crate) struct Assets(Arc<Inside>);

struct Inside {
    build: String,
    files: HashMap<String, Bytes>,
}

/// Of an answer that is sent as it is: what becomes smaller lies there packed, where the site was built to be small.
#[derive(Clone)]
struct Plain;

impl Assets {
    /// # Errors
    /// Where the folder cannot be read, or no site was built into this binary.
    pub(crate) fn load(folder: Option<&Path>, inside: fn() -> Files) -> io::Result<Self> {
        let mut files = Files::new();
        match folder {
            Some(folder) => read_folder(folder, "", &mut files).map_err(|error| {
                io::Error::new(error.kind(), format!("the site cannot be read from {}: {error}", folder.display()))
            })?,
            None => files = inside(),
        }
        let build = files.get("site.json").and_then(|json| serde_json::from_slice::<serde_json::Value>(json).ok());
        let build = build.and_then(|json| json.get("build")?.as_str().map(str::to_owned));
        let build = build.ok_or_else(|| {
            io::Error::other("there is no site: build it with `cargo xtask build`, or name its folder with --site")
        })?;
        let bytes = |file| match file {
            Cow::Borrowed(file) => Bytes::from_static(file),
            Cow::Owned(file) => Bytes::from(file),
        };
        let files = files.into_iter().map(|(path, file)| (path, bytes(file))).collect();
        Ok(Self(Arc::new(Inside { build, files })))
    }

    pub(crate) fn build(&self) -> &str {
        &self.0.build
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, std::fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

/// `GET /pkg/{*path}`.
pub(crate) async fn asset(State(assets): State<Assets>, UrlPath(path): UrlPath<String>, headers: HeaderMap) -> Response {
    let path = format!("pkg/{path}");
    let files = &assets.0.files;
    let Some(plain) = files.get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(coding, ending)| {
        let accepts = accepted.split(',').any(|part| part.split(';').next().is_some_and(|name| name.trim() == coding));
        let file = accepts.then(|| files.get(&format!("{path}.{ending}"))).flatten()?;
        Some((coding, file))
    });
    let mut answer = packed.map_or(plain, |(_, file)| file).clone().into_response();
    answer.extensions_mut().insert(Plain);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime(&path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some((coding, _)) = packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    answer
}

/// Whether an answer may be packed on its way.
pub(crate) fn is_to_be_packed(_: StatusCode, _: Version, _: &HeaderMap, marks: &Extensions) -> bool {
    marks.get::<Plain>().is_none()
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}
