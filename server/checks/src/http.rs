//! The HTTP check: one GET over our own connection, so that what went wrong can be said exactly and every redirect goes to an
//! address that was judged.

use std::{error::Error, io, net::SocketAddr};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use memchr::memmem::Finder;
use model::{Status, monitors::Outcome};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};
use url::Url;

use crate::{
    connect,
    look::{Failure, Look, Waiting, in_time},
    reason, tls,
};

const REDIRECTS_MOST: usize = 5;
/// How much of a body is looked at (DOMAIN G1; the form says the same).
const BODY_MOST: usize = 1024 * 1024;
/// How much a peer may send as headers.
const HEADERS_MOST: usize = 128 * 1024;

struct Answer {
    address: SocketAddr,
    response: Response<Incoming>,
    /// Feeds the body; dropping it closes the connection.
    _connection: JoinSet<hyper::Result<()>>,
}

pub(crate) async fn page(look: &mut Look, url: &str, contains: &str, latency_limit_ms: Option<u32>) -> Result<Outcome, Failure> {
    let mut url = web_url(Url::parse(url)).ok_or_else(|| Failure::never("The address is not a valid HTTP or HTTPS URL"))?;
    let mut answer = fetch(look, &url).await?;
    for _ in 0..REDIRECTS_MOST {
        let Some(location) = redirect(&answer.response) else {
            return judge(look, answer, contains, latency_limit_ms).await;
        };
        url = web_url(url.join(&location))
            .ok_or_else(|| Failure::down("Redirected to something that is not a valid HTTP or HTTPS URL"))?;
        answer = fetch(look, &url).await.map_err(|failure| failure.after_redirect_to(url.host_str().unwrap_or_default()))?;
    }
    if redirect(&answer.response).is_some() {
        return Err(Failure::down(format!("More than {REDIRECTS_MOST} redirects")));
    }
    judge(look, answer, contains, latency_limit_ms).await
}

fn web_url(url: Result<Url, url::ParseError>) -> Option<Url> {
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn redirect(response: &Response<Incoming>) -> Option<String> {
    let redirects = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = response.headers().get(header::LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

async fn fetch(look: &mut Look, url: &Url) -> Result<Answer, Failure> {
    let not_a_url = || Failure::never("The address is not a valid HTTP or HTTPS URL");
    let host = url.host().ok_or_else(not_a_url)?.to_owned();
    let port = url.port_or_known_default().ok_or_else(not_a_url)?;
    let request = request(url).ok_or_else(not_a_url)?;
    let (stream, address) = connect::open(look, &host, port).await?;
    if url.scheme() == "https" {
        let connector = look.checker.0.tls.for_page(look.now_ms);
        let stream = tls::shake(look, &connector, &host, (stream, address)).await?;
        exchange(look, stream, address, request).await
    } else {
        exchange(look, stream, address, request).await
    }
}

/// `Host` is the name (with the port where it is not the scheme's own), whatever address the connection went to.
fn request(url: &Url) -> Option<Request<Empty<Bytes>>> {
    let host = url.host_str()?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Request::get(target)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, "Nocturne")
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close")
        .body(Empty::new())
        .ok()
}

async fn exchange<S>(look: &mut Look, stream: S, address: SocketAddr, request: Request<Empty<Bytes>>) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    look.waiting = Waiting::Answer(address);
    let now_ms = look.now_ms;
    let failed = |error| Failure::down(answer_reason(address, &error, now_ms));
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEADERS_MOST).handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut task = JoinSet::new();
    task.spawn(connection);
    match sender.send_request(request).await {
        Ok(response) => Ok(Answer { address, response, _connection: task }),
        Err(error) => Err(failed(cause(error, &mut task).await)),
    }
}

/// Where a connection broke before it took the request, only the connection knows why.
async fn cause(error: hyper::Error, connection: &mut JoinSet<hyper::Result<()>>) -> hyper::Error {
    if error.is_canceled()
        && let Some(Ok(Err(cause))) = connection.join_next().await
    {
        return cause;
    }
    error
}

async fn judge(look: &mut Look, answer: Answer, contains: &str, latency_limit_ms: Option<u32>) -> Result<Outcome, Failure> {
    let took_ms = look.took_ms();
    let down = |reason| Outcome { status: Status::Down, reason, latency_ms: Some(took_ms) };
    let status = answer.response.status();
    if status.as_u16() >= 400 {
        return Ok(down(status_reason(status)));
    }
    if !contains.is_empty() {
        look.waiting = Waiting::Body(answer.address);
        if let Some(reason) = missing(answer, contains).await {
            return Ok(down(reason));
        }
    }
    Ok(in_time(took_ms, latency_limit_ms))
}

/// Our own words for the number: the peer's could say anything.
fn status_reason(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(words) => format!("HTTP {} {words}", status.as_u16()),
        None => format!("HTTP {}", status.as_u16()),
    }
}

/// Why the text was not found; `None` where it was, and the rest of the body is not waited for.
async fn missing(answer: Answer, contains: &str) -> Option<String> {
    let text = Finder::new(contains);
    let mut body = answer.response.into_body();
    let mut read = Vec::new();
    while read.len() < BODY_MOST {
        let frame = match body.frame().await {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Some(format!("{} broke off its page", answer.address)),
            None => return Some(format!("The page does not contain \"{}\"", reason::cut(contains, 80))),
        };
        let Ok(chunk) = frame.into_data() else { continue };
        // The text may have begun at the end of the chunk before.
        let from = (read.len() + 1).saturating_sub(contains.len());
        read.extend_from_slice(&chunk[..chunk.len().min(BODY_MOST - read.len())]);
        if text.find(&read[from.min(read.len())..]).is_some() {
            return None;
        }
    }
    Some(format!("The first 1 MiB of the page does not contain \"{}\"", reason::cut(contains, 80)))
}

fn answer_reason(address: SocketAddr, error: &hyper::Error, now_ms: i64) -> String {
    // A cancelled request carries why the connection broke.
    let error = error.source().and_then(|source| source.downcast_ref::<hyper::Error>()).unwrap_or(error);
    let broken = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match (broken, broken.and_then(tls::fault)) {
        (_, Some(fault)) => tls::fault_reason(address, fault, now_ms),
        (Some(broken), None) => connect::io_reason(address, broken),
        // hyper has a predicate for this, but for servers only.
        (None, None) if error.to_string() == "message head is too large" => {
            format!("The headers from {address} are too long")
        }
        (None, None) if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
            format!("{address} closed the connection before answering")
        }
        (None, None) => format!("{address} does not speak HTTP"),
    }
}
