//! Lists as CSV (RFC 4180): the customer list (DOMAIN A12) and the audit trail (A15), written part by part as they are read.
//!
//! UTF-8 with a byte order mark, by which spreadsheets know it. A cell that a spreadsheet would take for a formula begins with an
//! apostrophe. `x-rows` says how many rows there will be, where that is known.

use app::caller::{Caller, Handles};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Form, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use csv::{Terminator, Writer, WriterBuilder};
use futures::stream;
use model::{
    CustomerId, Refusal,
    customers::{
        CustomerInput,
        export::{AT_ONCE_MOST, ExportRow, Wanted},
    },
    events::{EventInput, EventRow, kind_in_words},
};
use store::{Actor, exports::Place};

use crate::stream::refused;

type Pairs = Vec<(String, String)>;

/// How many events are read at once.
const EVENTS: u32 = 500;

/// `GET /customers.csv?<as the list's address>`: what the list shows, up to [`AT_ONCE_MOST`] rows.
pub(crate) async fn customers(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Query(pairs): Query<Pairs>,
) -> Response {
    let wanted = Wanted::Shown(Box::new(app::customers::query_from(pairs)));
    let answer = async {
        let actor = caller.person()?.clone();
        let rows = handles.store.count_export(&actor, &wanted).await?;
        if rows > AT_ONCE_MOST {
            return Err(Refusal::TooLongAtOnce.into());
        }
        Ok(customers_csv(handles, actor, wanted, rows))
    };
    answer.await.unwrap_or_else(|error| no(&error))
}

/// `POST /customers.csv` with `tick[]`, or with `ticked`, ids with commas between them: what was ticked. With `mail`: a link to what
/// the list shows is emailed; a person is led back to the list, a script gets 202.
pub(crate) async fn chosen_customers(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Query(shown): Query<Pairs>,
    Form(pairs): Form<Pairs>,
) -> Response {
    let answer = async {
        let actor = caller.person()?.clone();
        if pairs.iter().any(|(name, _)| name == "mail") {
            let query = app::customers::query_from(shown);
            handles.store.request_export(&actor, &query).await?;
            return Ok(if wants_page(&headers) {
                Redirect::to(&app::customers::mailed_address(&query)).into_response()
            } else {
                (StatusCode::ACCEPTED, "a link is emailed\n").into_response()
            });
        }
        let wanted = Wanted::Ticked(ticked(&pairs)?);
        let rows = handles.store.count_export(&actor, &wanted).await?;
        Ok(customers_csv(handles, actor, wanted, rows))
    };
    answer.await.unwrap_or_else(|error| no(&error))
}

fn ticked(pairs: &Pairs) -> Result<Vec<CustomerId>, Refusal> {
    let ids = pairs
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "tick[]" | "ticked"))
        .flat_map(|(_, ids)| ids.split(','))
        .filter(|id| !id.is_empty());
    let mut ids: Vec<CustomerId> = ids.map(|id| id.parse().map_err(|_| Refusal::NotFound)).collect::<Result<_, _>>()?;
    ids.sort();
    ids.dedup();
    match ids.len() {
        0 => Err(Refusal::BadRequest),
        many if many > AT_ONCE_MOST as usize => Err(Refusal::TooLongAtOnce),
        _ => Ok(ids),
    }
}

/// `GET /exports/{token}/customers.csv`: what an emailed link is for.
pub(crate) async fn export(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Path(token): Path<String>,
) -> Response {
    let answer = async {
        let actor = caller.person()?.clone();
        let wanted = Wanted::Shown(Box::new(handles.store.export(&actor, &token).await?.query));
        let rows = handles.store.count_export(&actor, &wanted).await?;
        Ok(customers_csv(handles, actor, wanted, rows))
    };
    answer.await.unwrap_or_else(|error| no(&error))
}

/// `GET /audit.csv?<as the trail's address>`: every change that the filter leaves, the newest first.
pub(crate) async fn audit(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Query(pairs): Query<Pairs>,
) -> Response {
    let input = app::audit::input_from(pairs);
    let answer = async {
        let actor = caller.person()?.clone();
        // What would be refused is refused before anything is sent.
        handles.store.audit(&actor, &input, None, 1).await?;
        Ok(audit_csv(handles, actor, input))
    };
    answer.await.unwrap_or_else(|error| no(&error))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

fn no(error: &store::Error) -> Response {
    match error {
        store::Error::Refused(_) => {}
        store::Error::Unavailable(_) => tracing::warn!(%error, "the database cannot be reached"),
        store::Error::Broken(_) => tracing::error!(%error, "a list could not be read"),
    }
    refused(&error.refusal())
}

/// Where the writing of a list stands.
enum Stage<P> {
    /// Nothing is sent yet.
    Head,
    After(P),
    Over,
}

fn customers_csv(handles: Handles, actor: Actor, wanted: Wanted, rows: u32) -> Response {
    let parts = stream::try_unfold(Stage::<Place>::Head, move |stage| {
        let (handles, actor, wanted) = (handles.clone(), actor.clone(), wanted.clone());
        async move {
            let place = match &stage {
                Stage::Head => None,
                Stage::After(place) => Some(place),
                Stage::Over => return Ok(None),
            };
            let part = handles.live.export_customers(&actor, &wanted, place).await.map_err(|error| broken_off(&error))?;
            let mut sheet = Sheet::new(place.is_none());
            if place.is_none() {
                sheet.row(customer_head())?;
            }
            for row in &part.rows {
                sheet.row(customer_cells(row))?;
            }
            Ok::<_, std::io::Error>(Some((sheet.bytes()?, part.next.map_or(Stage::Over, Stage::After))))
        }
    });
    let mut answer = download("customers.csv", Body::from_stream(parts));
    answer.headers_mut().insert("x-rows", HeaderValue::from(rows));
    answer
}

fn audit_csv(handles: Handles, actor: Actor, input: EventInput) -> Response {
    let parts = stream::try_unfold(Stage::<i64>::Head, move |stage| {
        let (handles, actor, input) = (handles.clone(), actor.clone(), input.clone());
        async move {
            let before = match stage {
                Stage::Head => None,
                Stage::After(seq) => Some(seq),
                Stage::Over => return Ok(None),
            };
            let events = handles.store.audit(&actor, &input, before, EVENTS).await.map_err(|error| broken_off(&error))?;
            let mut sheet = Sheet::new(before.is_none());
            if before.is_none() {
                sheet.row(AUDIT_HEAD)?;
            }
            for event in &events {
                sheet.row(audit_cells(event))?;
            }
            let next =
                events.last().filter(|_| events.len() == EVENTS as usize).map_or(Stage::Over, |event| Stage::After(event.seq));
            Ok::<_, std::io::Error>(Some((sheet.bytes()?, next)))
        }
    });
    download("audit.csv", Body::from_stream(parts))
}

/// The transfer breaks off, so that nobody takes a part for the whole.
fn broken_off(error: &store::Error) -> std::io::Error {
    tracing::warn!(%error, "a list broke off while it was sent");
    std::io::Error::other("the list broke off")
}

pub(crate) fn download(name: &'static str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, body).into_response()
}

/// Some rows as they are sent.
pub(crate) struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    /// The first part of a file begins with the byte order mark.
    pub(crate) fn new(first: bool) -> Self {
        let begun = if first { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        Self(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(begun))
    }

    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), std::io::Error> {
        Ok(self.0.write_record(cells.into_iter().map(|cell| harmless(cell.as_ref())))?)
    }

    pub(crate) fn bytes(self) -> Result<Bytes, std::io::Error> {
        self.0.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
    }
}

/// A cell that no spreadsheet takes for a formula (DOMAIN A12), also not one that splits cells at semicolons or tabs.
fn harmless(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for letter in cell.chars() {
        if begins && matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r') {
            safe.push('\'');
        }
        begins = matches!(letter, ';' | '\t') || begins && letter == ' ';
        safe.push(letter);
    }
    safe
}

fn customer_head() -> Vec<&'static str> {
    let first = ["Name", "Customer id", "Status", "MSP Admins", "Services", "Monitors", "Open alerts", "Added", "Modified"];
    let fields = CustomerInput::FIELDS.iter().map(|field| field.label);
    first.into_iter().chain(fields).chain(["Customer groups", "MSP users"]).collect()
}

fn customer_cells(ExportRow { row, account }: &ExportRow) -> Vec<String> {
    let alerts = row.counts.down + row.counts.trouble;
    let mut cells = vec![
        row.name.clone(),
        row.id.to_string(),
        row.state.label().to_owned(),
        row.admins.to_string(),
        row.services.to_string(),
        row.monitors.to_string(),
        alerts.to_string(),
        app::ui::iso(row.added_at),
        app::ui::iso(row.modified_at),
    ];
    // The list shows the email to everyone who sees the list.
    let seen = CustomerInput { email: row.email.clone(), ..CustomerInput::default() };
    let input = account.as_ref().map_or(&seen, |account| &account.input);
    cells.extend(CustomerInput::FIELDS.iter().map(|field| (field.get)(input).clone()));
    let [groups, people] = account.as_ref().map_or([const { &Vec::new() }; 2], |account| [&account.groups, &account.people]);
    cells.extend([groups.join("; "), people.join("; ")]);
    cells
}

const AUDIT_HEAD: [&str; 9] = ["Number", "When", "Who", "From", "What", "Kind", "Customer id", "Subject", "Changes"];

fn audit_cells(event: &EventRow) -> [String; 9] {
    let changes: Vec<String> =
        event.changes.iter().map(|(field, before, after)| format!("{}: {before} → {after}", app::audit::label(field))).collect();
    [
        event.seq.to_string(),
        app::ui::iso(event.at),
        event.actor.clone(),
        event.from.clone(),
        kind_in_words(&event.kind),
        event.kind.clone(),
        event.customer.clone(),
        event.subject.clone(),
        changes.join("\n"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[&[&str]]) -> String {
        let mut sheet = Sheet::new(true);
        for row in rows {
            sheet.row(row.iter().copied()).unwrap();
        }
        String::from_utf8(sheet.bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a12_a_cell_is_no_formula_and_every_sign_arrives() {
        let text =
            written(&[&["=1+1", "+49 30", "-x", "@a", "\tb", "\rc"], &["a,b", "say \"hi\"", "two\nlines", "Ünï", "a=b", ""]]);
        let body = text.strip_prefix('\u{feff}').unwrap();
        assert_eq!(body, "'=1+1,'+49 30,'-x,'@a,'\tb,\"'\rc\"\r\n\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",Ünï,a=b,\r\n");
    }

    #[test]
    fn a12_no_formula_hides_behind_a_semicolon_or_a_tab() {
        assert_eq!(harmless("x;=cmd|'/C calc'!A0"), "x;'=cmd|'/C calc'!A0");
        assert_eq!(harmless("x;  @sum\t-1"), "x;  '@sum\t'-1");
        assert_eq!(harmless("a; b - c = d"), "a; b - c = d");
    }

    #[test]
    fn a12_every_field_of_the_form_has_its_column() {
        let head = customer_head();
        let row = ExportRow {
            row: model::customers::CustomerRow {
                id: CustomerId::from_u128(1),
                name: "Harbor".into(),
                email: "it@harbor.example".into(),
                state: model::lifecycle::State::Active,
                services: 1,
                monitors: 3,
                admins: 1,
                added_at: 0,
                modified_at: 0,
                counts: model::health::Counts::default(),
                associated: false,
            },
            account: None,
        };
        let cells = customer_cells(&row);
        assert_eq!(cells.len(), head.len());
        let of = |name: &str| &cells[head.iter().position(|known| *known == name).unwrap()];
        assert_eq!(
            (of("Email").as_str(), of("Added").as_str(), of("City").as_str()),
            ("it@harbor.example", "1970-01-01T00:00:00Z", "")
        );
    }
}
