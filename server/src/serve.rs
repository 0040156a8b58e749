//! `nocturne serve`: puts the rooms together and listens.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::caller::{Handles, Site};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRef, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware,
    routing::{MethodRouter, get, post},
};
use checks::{Checker, Policy};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use live::{Live, Mailer, Settings, Sms};
use store::{Clock, Location, Purpose, Store};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    set_header::SetResponseHeaderLayer,
};

use crate::{
    assets::{self, Assets, Files},
    commands::{Failed, say},
    csv,
    gate::{self, Gate},
    heartbeat, import, kiosk,
    metrics::{self, Scrapers},
    replay,
    settings::{Secret, ServeOptions, Switch},
    stream,
    tls::Certificate,
};

/// The largest body that a request may have. Forms are small.
const BODY_MOST: usize = 256 * 1024;
/// How long requests that are under way may take to end when the server closes.
pub(crate) const CLOSING: Duration = Duration::from_secs(8);

#[derive(Clone, FromRef)]
struct Shared {
    handles: Handles,
    options: LeptosOptions,
    assets: Assets,
}

pub(crate) async fn serve(place: &Location, options: ServeOptions, site: fn() -> Files) -> Result<(), Failed> {
    let mailer = match (&options.smtp_url, &options.mail_from) {
        (Some(url), Some(from)) => Some(Mailer::new(url, from).map_err(|error| Failed::Said(format!("--smtp-url: {error}")))?),
        (None | Some(_), None | Some(_)) => None,
    };
    let assets = Assets::load(options.site.as_deref(), site)?;
    let store = Store::open(place, Purpose::Serve, Clock::system()).await?;
    store.migrate().await?;
    let checker = Checker::new(Policy::new(options.allow_target.clone()));
    let certificate = match (&options.tls_cert, &options.tls_key) {
        (Some(cert), Some(key)) => Some(Certificate::read(cert, key).await?),
        (None | Some(_), None | Some(_)) => None,
    };
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| Failed::Said(format!("cannot listen on {}: {error}", options.listen)))?;
    let address = listener.local_addr()?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    store.set_public_url(options.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}")));
    let settings = Settings { checker, churn: options.churn, build: assets.build().to_owned(), keep: options.keep(), mailer };
    let live = Live::start(store.clone(), settings).await?;
    let router = router(&options, assets, store.clone(), live.clone())?;
    // Before anybody is told that the server stands: who asks it to end at once is heard.
    let asked_to_end = heed_signals()?;
    say(&format!("listening on {scheme}://{address}"));

    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let closing = live.clone();
    let ending = async move {
        asked_to_end.await;
        tracing::info!("closing");
        closing.close().await;
    };
    let serving = async {
        match certificate {
            Some(certificate) => certificate.serve(listener, service, ending).await,
            None => axum::serve(listener, service).with_graceful_shutdown(ending).await,
        }
    };
    let late = async {
        live.closed().await;
        tokio::time::sleep(CLOSING).await;
    };
    tokio::select! {
        served = serving => served?,
        () = late => tracing::warn!("some requests did not end in time"),
    }
    store.close().await;
    Ok(())
}

/// From now on SIGTERM and Ctrl-C end nothing by themselves; what is answered waits for one of them.
fn heed_signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn router(options: &ServeOptions, assets: Assets, store: Store, live: Live) -> Result<Router, Failed> {
    let secure_cookies = options.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let build = assets.build().to_owned();
    let captcha = options.captcha == Switch::On;
    let site = Site { build: build.clone(), secure_cookies, public_url: options.public_url.clone(), captcha };
    let token = options.sms_token.as_ref().map(|Secret(token)| token.as_str());
    let sms = options.sms_url.as_ref().map(|Secret(url)| Sms::new(url, token)).transpose().map_err(Failed::Said)?;
    let handles = Handles { store: store.clone(), live, sms, site };
    let leptos = LeptosOptions::builder()
        .output_name("nocturne")
        .site_root("site")
        .site_pkg_dir(format!("pkg/{build}"))
        .site_addr(options.listen)
        .build();
    let shared = Shared { handles: handles.clone(), options: leptos.clone(), assets };
    let csrf = CsrfLayer::new();
    let csrf = match &options.public_url {
        Some(url) => csrf.add_trusted_origin(url).map_err(|error| Failed::Said(format!("--public-url: {error}")))?,
        None => csrf,
    };
    let scrapers = Scrapers(options.metrics_from.clone().into());
    let gate = Gate { store, build, secure_cookies, trusted_proxy: options.trusted_proxy.clone().into(), set_up: Arc::default() };

    let context = {
        let handles = handles.clone();
        move || provide_context(handles.clone())
    };
    let document = {
        let build = handles.site.build.clone();
        move || app::document(leptos.clone(), build.clone())
    };
    let routes = generate_route_list(app::App);
    let router = own_routes()
        .into_iter()
        .fold(Router::new(), |router, (path, answers)| router.route(path, answers))
        .leptos_routes_with_context(&shared, routes, context.clone(), document.clone())
        .fallback(leptos_axum::render_app_async_with_context(context, document))
        .layer(RequestBodyLimitLayer::new(BODY_MOST))
        .merge(large_routes().into_iter().fold(Router::new(), |router, (path, answers)| router.route(path, answers)));

    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    Ok(router
        .with_state(shared)
        .layer(Extension(scrapers))
        .layer(middleware::from_fn_with_state(gate, gate::gate))
        .layer(middleware::from_fn(gate::see_through))
        .layer(csrf)
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(assets::is_to_be_packed)))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("x-frame-options", "DENY"))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(CatchPanicLayer::new()))
}

/// What is neither a page nor a server function.
fn own_routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![
        ("/build", get(build_name)),
        ("/healthz", get(healthz)),
        ("/readyz", get(readyz)),
        ("/metrics", get(metrics::metrics)),
        ("/heartbeat/{token}", get(heartbeat::call).post(heartbeat::call)),
        ("/imports/template.csv", get(import::template)),
        ("/imports/{import}/report.csv", get(import::report)),
        ("/customers.csv", get(csv::customers).post(csv::chosen_customers)),
        ("/exports/{token}/customers.csv", get(csv::export)),
        ("/audit.csv", get(csv::audit)),
        ("/live/snapshot", get(stream::snapshot)),
        ("/live/stream", get(stream::stream)),
        ("/live/tile/{epoch}/{slot}", get(stream::tile)),
        ("/kiosk/{token}", get(kiosk::open)),
        ("/kiosk/screen/{link}/live/snapshot", get(kiosk::snapshot)),
        ("/kiosk/screen/{link}/live/stream", get(kiosk::stream)),
        ("/live/replay", get(replay::day)),
        ("/live/replay/piece", get(replay::piece)),
        ("/live/replay/tile/{edition}/{slot}", get(replay::tile)),
        ("/pkg/{*path}", get(assets::asset)),
        #[cfg(feature = "test-clock")]
        ("/__test/clock", axum::routing::post(crate::test_clock::advance)),
    ]
}

/// What takes larger bodies than [`BODY_MOST`], each with a limit of its own.
fn large_routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![("/imports", post(import::upload).layer(DefaultBodyLimit::max(import::UPLOAD_MOST)))]
}

/// Every address that answers: pages, server functions and the rest, as the router has them. Call it within a tokio runtime.
#[must_use]
pub fn addresses() -> Vec<String> {
    let pages = generate_route_list(app::App).into_iter().map(|page| page.path().to_owned());
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    let own = own_routes().into_iter().chain(large_routes()).map(|(path, _)| path.to_owned());
    pages.chain(functions).chain(own).collect()
}

/// Whether this process works: 200. A supervisor restarts what does not answer.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether people can work here, for a load balancer: 200 where the database takes writes, else 503.
async fn readyz(State(handles): State<Handles>) -> (StatusCode, &'static str) {
    match handles.store.ping().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!(%error, "the database cannot be reached");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n")
        }
    }
}

/// Which build answers: a page of another one offers to reload.
async fn build_name(State(handles): State<Handles>) -> String {
    handles.site.build
}
