//! The files of an import (DOMAIN A18) over HTTP: `POST /imports` takes one from a plain form, and two can be downloaded.
//!
//! A file is larger than other requests may be, so this route has a limit of its own: who asks and whether they may is known before
//! anything of the body is read.

use app::caller::{Caller, Handles};
use axum::{
    Extension,
    extract::{FromRequest, Multipart, Path, Request, State, multipart::Field},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use futures::StreamExt;
use model::{
    ImportId, Refusal,
    import::{Encoding, FILE_MOST, ReportLine, Unreadable, label, targets},
    roles::{Action, Relation},
};
use store::Actor;

use crate::{
    csv::{Sheet, download},
    stream::refused,
};

/// The largest request: the file, and what the form has around it.
pub(crate) const UPLOAD_MOST: usize = FILE_MOST + 64 * 1024;
/// The longest text beside the file, in bytes.
const TEXT_MOST: usize = 1024;
/// What is still read of a request that is too large, so that the browser hears the answer rather than a lost connection.
const REST_MOST: usize = 64 * 1024 * 1024;

/// `POST /imports`, `multipart/form-data` with `encoding` and `file`. A browser is led on to the file's page, or back to the form
/// with what is wrong; others get the page's path as JSON, or the refusal's status.
pub(crate) async fn upload(State(handles): State<Handles>, Extension(caller): Extension<Caller>, request: Request) -> Response {
    let is_browser = accepts_html(request.headers());
    match take(&handles, &caller, request).await {
        Ok(id) if is_browser => Redirect::to(&page_of(&id)).into_response(),
        Ok(id) => axum::Json(page_of(&id)).into_response(),
        // The page of the form says it, or leads to the sign-in.
        Err(Refusal::SignedOut | Refusal::Forbidden) if is_browser => Redirect::to("/customers/import").into_response(),
        Err(refusal) if is_browser => {
            let why = serde_json::to_string(&refusal).unwrap_or_default();
            Redirect::to(&app::ui::address("/customers/import", &[("refused", &why)])).into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}

/// `GET /imports/template.csv`: every column under its name.
#[allow(clippy::unused_async, reason = "a handler is async, whatever it waits for")]
pub(crate) async fn template(Extension(caller): Extension<Caller>) -> Response {
    let row = importer(&caller).map(|_| vec![targets().map(|(_, label)| label.to_owned()).collect()]);
    row.and_then(|rows| sheet("customers.csv", &rows)).unwrap_or_else(|refusal| refused(&refusal))
}

/// `GET /imports/{import}/report.csv`: what the dry run said of each line.
pub(crate) async fn report(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Path(import): Path<String>,
) -> Response {
    match read_report(&handles, &caller, &import).await {
        Ok(lines) => {
            let head = REPORT_HEAD.map(str::to_owned).to_vec();
            let rows: Vec<_> = std::iter::once(head).chain(lines.iter().flat_map(report_rows)).collect();
            sheet("import-report.csv", &rows).unwrap_or_else(|refusal| refused(&refusal))
        }
        Err(refusal) => refused(&refusal),
    }
}

const REPORT_HEAD: [&str; 5] = ["Line", "Name", "Result", "Field", "What is wrong"];

/// One row per error and per doubt; one for a line that is well.
fn report_rows(line: &ReportLine) -> Vec<Vec<String>> {
    let row = |result: &str, field: &str, words: String| {
        vec![line.line.to_string(), line.name.clone(), result.to_owned(), field.to_owned(), words]
    };
    let errors = line.errors.iter().map(|error| {
        let field = label(&error.field).unwrap_or_default();
        row("Error", field, error.problem.to_string())
    });
    let doubts = line.doubts.iter().map(|doubt| row("There already?", "", doubt.to_string()));
    let mut rows: Vec<Vec<String>> = errors.chain(doubts).collect();
    if rows.is_empty() {
        rows.push(row("OK", "", String::new()));
    }
    rows
}

async fn read_report(handles: &Handles, caller: &Caller, import: &str) -> Result<Vec<ReportLine>, Refusal> {
    let actor = importer(caller)?;
    let id: ImportId = import.parse().map_err(|_| Refusal::NotFound)?;
    handles.store.import_report_lines(actor, &id).await.map_err(|error| logged(&error))
}

fn sheet(name: &'static str, rows: &[Vec<String>]) -> Result<Response, Refusal> {
    let mut sheet = Sheet::new(true);
    let written = rows.iter().try_for_each(|row| sheet.row(row));
    let bytes = written.and_then(|()| sheet.bytes()).map_err(|_| Refusal::Internal)?;
    Ok(download(name, bytes.into()))
}

async fn take(handles: &Handles, caller: &Caller, request: Request) -> Result<ImportId, Refusal> {
    let actor = importer(caller)?;
    if length_of(request.headers()).is_some_and(|length| length > UPLOAD_MOST) {
        drain(request).await;
        return Err(Unreadable::TooLarge.into());
    }
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Unreadable::NoFile)?;
    let (mut encoding, mut file) = (Encoding::Utf8, None);
    while let Some(mut field) = form.next_field().await.map_err(|error| cut_off(&error))? {
        match field.name() {
            Some("encoding") => {
                let key = read(&mut field, TEXT_MOST).await?;
                encoding = std::str::from_utf8(&key).ok().and_then(Encoding::from_key).ok_or(Refusal::BadRequest)?;
            }
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = Some((name, read(&mut field, FILE_MOST).await?));
            }
            Some(_) | None => {}
        }
    }
    // A form whose file was not chosen sends one without a name.
    let Some((name, bytes)) = file.filter(|(name, bytes)| !(name.is_empty() && bytes.is_empty())) else {
        return Err(Unreadable::NoFile.into());
    };
    handles.store.upload_import(actor, &name, bytes, encoding).await.map_err(|error| logged(&error))
}

async fn read(field: &mut Field<'_>, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| cut_off(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(Unreadable::TooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn drain(request: Request) {
    let mut body = request.into_body().into_data_stream();
    let mut read = 0;
    while let Some(Ok(chunk)) = body.next().await {
        read += chunk.len();
        if read > REST_MOST {
            return;
        }
    }
}

fn cut_off(error: &axum::extract::multipart::MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Unreadable::TooLarge.into() } else { Refusal::BadRequest }
}

fn length_of(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn importer(caller: &Caller) -> Result<&Actor, Refusal> {
    let actor = caller.person()?;
    actor.require(Action::AddCustomer, Relation::None)?;
    Ok(actor)
}

fn logged(error: &store::Error) -> Refusal {
    match error {
        store::Error::Refused(_) => {}
        store::Error::Unavailable(_) | store::Error::Broken(_) => tracing::warn!(%error, "a file could not be kept or read"),
    }
    error.refusal()
}

fn page_of(id: &ImportId) -> String {
    format!("/customers/import/{id}")
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}
