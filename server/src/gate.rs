//! What stands before every request: who calls, from where, and where a page leads those who may not see it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use app::caller::{Caller, From as Peer, back_to, cookie, kiosk_cookie_name, renew_session, session_token};
use axum::{
    extract::{ConnectInfo, Query, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use ipnet::IpNet;
use model::{Refusal, roles::Role};
use store::Store;

/// What the gate needs.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) store: Store,
    pub(crate) build: String,
    pub(crate) secure_cookies: bool,
    pub(crate) trusted_proxy: Arc<[IpNet]>,
    /// Once set up, always set up: the question is asked until then only.
    pub(crate) set_up: Arc<AtomicBool>,
}

/// Finds out who calls, and sends people to the page that is theirs.
pub(crate) async fn gate(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/pkg/") {
        return next.run(request).await;
    }
    let from = address(request.headers(), peer.ip(), &gate.trusted_proxy).to_string();
    let caller = gate.caller(&path, request.headers(), &from).await;
    let renewed = match &caller {
        Caller::Person(actor) if actor.is_renewed() => session_token(request.headers(), gate.secure_cookies),
        Caller::Person(_) | Caller::Kiosk(_) | Caller::Nobody | Caller::Unknown(_) => None,
    };
    let elsewhere = if is_page(&request) {
        let wanted = request.uri().path_and_query().map_or_else(|| path.clone(), ToString::to_string);
        gate.elsewhere(&wanted, &path, &caller).await
    } else {
        None
    };
    let mut answer = match elsewhere {
        Some(elsewhere) => elsewhere,
        None => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(Peer(from));
            next.run(request).await
        }
    };
    if let Some(token) = renewed {
        renew_session(answer.headers_mut(), &token, gate.secure_cookies);
    }
    // Setting up ends with a sign-in: from then on the question need not be asked.
    if path == "/fn/set-up" && answer.status().is_success() {
        gate.set_up.store(true, Ordering::Relaxed);
    }
    answer
}

/// A change that has begun is seen through, though whoever asked for it goes away: dropped between the database and what watches it,
/// it would be stored, and neither checks nor boards would follow.
pub(crate) async fn see_through(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(answer) => answer,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a server that ends drops a task.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

impl Gate {
    /// At the addresses of kiosks nobody is signed in, and everywhere else, and at those of another link, a kiosk's screen is nobody:
    /// none can borrow what another may.
    async fn caller(&self, path: &str, headers: &HeaderMap, from: &str) -> Caller {
        let is_kiosk = is_for_kiosks(path);
        let token = if is_kiosk {
            cookie(headers, kiosk_cookie_name(self.secure_cookies)).map(str::to_owned)
        } else {
            session_token(headers, self.secure_cookies)
        };
        let Some(token) = token else { return Caller::Nobody };
        let actor = if is_kiosk { self.store.kiosk_actor(&token, from).await } else { self.store.actor(&token, from).await };
        match actor {
            Ok(Some(actor)) if is_kiosk => match actor.kiosk() {
                Some(kiosk) if screen_of(path) == Some(&*kiosk.id.to_string()) => Caller::Kiosk(Box::new(actor)),
                _ => Caller::Nobody,
            },
            Ok(Some(actor)) => Caller::Person(Box::new(actor)),
            Ok(None) => Caller::Nobody,
            Err(error) => {
                tracing::warn!(%error, "who calls could not be found out");
                Caller::Unknown(error.refusal())
            }
        }
    }

    async fn is_set_up(&self) -> Result<bool, Refusal> {
        if self.set_up.load(Ordering::Relaxed) {
            return Ok(true);
        }
        match self.store.is_set_up().await {
            Ok(set_up) => {
                self.set_up.store(set_up, Ordering::Relaxed);
                Ok(set_up)
            }
            Err(error) => {
                tracing::warn!(%error, "whether this installation is set up could not be found out");
                Err(error.refusal())
            }
        }
    }

    /// Where the page at `path` leads instead, if it does. `wanted` is the same with its query.
    async fn elsewhere(&self, wanted: &str, path: &str, caller: &Caller) -> Option<Response> {
        let set_up = match self.is_set_up().await {
            Ok(set_up) => set_up,
            Err(refusal) => return Some(away(&self.build, &refusal)),
        };
        if !set_up {
            return (path != "/set-up").then(|| Redirect::to("/set-up").into_response());
        }
        match caller {
            _ if path == "/set-up" => Some(Redirect::to("/").into_response()),
            // Whoever has an invitation's link, whether they are somebody here or not yet.
            _ if path.starts_with("/invitation/") => None,
            Caller::Unknown(refusal) => Some(away(&self.build, refusal)),
            _ if is_for_kiosks(path) => None,
            Caller::Nobody if path == "/sign-in" => None,
            Caller::Nobody | Caller::Kiosk(_) => {
                let sign_in =
                    if wanted == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", url_encoded(wanted)) };
                Some(Redirect::to(&sign_in).into_response())
            }
            Caller::Person(_) if path == "/sign-in" => Some(Redirect::to(&back_to(&next_in(wanted), "/")).into_response()),
            Caller::Person(actor) => match actor.role() {
                Some(Role::Customer | Role::SuperAdmin) if !is_for_customers(path) => {
                    Some(Redirect::to("/portal").into_response())
                }
                Some(Role::Admin | Role::Operator | Role::Customer | Role::SuperAdmin) | None => None,
            },
        }
    }
}

/// The honest page for when the database is away. It asks again by itself.
pub(crate) fn away(build: &str, refusal: &Refusal) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"5\"><title>Not available · Nocturne</title>\
         <link rel=\"stylesheet\" href=\"/pkg/{build}/nocturne.css\"></head><body><main class=\"sign-in\"><div class=\"sheet\">\
         <h1>Nocturne is not available</h1><p>{refusal}</p><p class=\"quiet\">This page tries again every five seconds.</p></div></main></body></html>",
    );
    let status = StatusCode::from_u16(refusal.http_status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, [(header::CACHE_CONTROL, "no-store"), (header::RETRY_AFTER, "5")], Html(page)).into_response()
}

/// Whether the address is one of kiosk links and the screens on which they were opened (DOMAIN F10).
fn is_for_kiosks(path: &str) -> bool {
    path.starts_with("/kiosk/")
}

/// The link whose screen is at the address.
fn screen_of(path: &str) -> Option<&str> {
    path.strip_prefix("/kiosk/screen/")?.split('/').next()
}

/// Whether a customer's own people, and who owns an account, may open the page at `path`.
fn is_for_customers(path: &str) -> bool {
    path == "/portal" || path.starts_with("/portal/") || path == "/account" || path.starts_with("/account/")
}

/// Whether a person's browser wants a page: not a server function, a stream or a probe.
fn is_page(request: &Request) -> bool {
    let path = request.uri().path();
    let own = ["/fn/", "/live/", "/heartbeat/", "/healthz", "/readyz", "/metrics", "/build", "/__test/"];
    let is_live = screen_of(path).is_some() && path.contains("/live/");
    *request.method() == Method::GET && !is_live && !own.iter().any(|prefix| path.starts_with(prefix))
}

/// The client's address: the peer's, or what a trusted proxy says it is (the last entry, which the proxy itself wrote).
fn address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.iter().any(|net| net.contains(&peer)) {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok()).unwrap_or(peer)
}

/// Where whoever is signed in wants to go from there.
fn next_in(wanted: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Next {
        next: String,
    }
    let query = wanted.parse::<Uri>().ok().and_then(|uri| Query::<Next>::try_from_uri(&uri).ok());
    query.map(|Query(Next { next })| next).unwrap_or_default()
}

fn url_encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_in_its_own_word() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 203.0.113.9".parse().unwrap());
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(address(&headers, peer, &[]), peer);
        assert_eq!(address(&headers, peer, &["10.0.0.0/8".parse().unwrap()]).to_string(), "203.0.113.9");
    }
}
