//! `GET /metrics`: the installation's vitals (DOMAIN K2) for Prometheus, in the OpenMetrics text format.

use std::{fmt, net::SocketAddr, sync::Arc};

use app::caller::{From as Peer, Handles};
use axum::{
    Extension,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use model::vitals::Vitals;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// Who may scrape, by `--metrics-from`.
#[derive(Debug, Clone)]
pub(crate) struct Scrapers(pub(crate) Arc<[IpNet]>);

impl Scrapers {
    /// Behind a proxy that is not trusted the peer is the proxy itself: then nobody may.
    fn may(&self, peer: SocketAddr, client: &str, headers: &HeaderMap) -> bool {
        let peer = peer.ip().to_canonical();
        let client = client.parse().unwrap_or(peer);
        let through_a_stranger = client == peer && (headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded"));
        !through_a_stranger && self.0.iter().any(|net| net.contains(&client))
    }
}

/// 404 to everyone else: whether there is anything to scrape is nobody's business.
pub(crate) async fn metrics(
    State(handles): State<Handles>,
    Extension(scrapers): Extension<Scrapers>,
    Extension(Peer(client)): Extension<Peer>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !scrapers.may(peer, &client, &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match text(&handles.live.read_vitals(env!("CARGO_PKG_VERSION"))) {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
        }
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn text(vitals: &Vitals) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("nocturne");
    let mut counter = |name: &str, help: &str, value: u64| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    };
    counter("transitions", "Changes of a monitor's status that were stored", vitals.transitions.total);
    counter("refused_batches", "Batches of verdicts that the database did not take", vitals.refused.total);
    let verdicts = Family::<[(&str, &str); 1], Counter>::default();
    for known in &vitals.sources {
        verdicts.get_or_create(&[("source", known.source.label())]).inc_by(known.verdicts.total);
    }
    registry.register("verdicts", "Verdicts that the intake took, by source", verdicts);
    if let Some(mail) = &vitals.mail {
        let mails = Family::<[(&str, &str); 1], Counter>::default();
        for (became, count) in [("sent", mail.sent), ("delayed", mail.delayed), ("refused", mail.refused)] {
            mails.get_or_create(&[("became", became)]).inc_by(count.total);
        }
        registry.register("mails", "Attempts to send a mail, by what became of them", mails);
    }
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    gauge("monitors", "Monitors that are watched", vitals.monitors.into());
    gauge("watchers", "Open live streams", vitals.watchers.into());
    gauge("intake_waiting", "Submissions that wait for the intake", vitals.waiting.into());
    let mut seconds = |name: &str, help: &str, value: f64| {
        let gauge = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        gauge.set(value);
        registry.register_with_unit(name, help, Unit::Seconds, gauge);
    };
    let second = |us: u32| f64::from(us) / 1e6;
    seconds("commit_median", "Median commit of the last minute", second(vitals.commit_us));
    seconds("commit_worst", "Slowest commit of the last minute", second(vitals.commit_worst_us));
    seconds("schedule_late", "How late the scheduler was in the last minute at worst", f64::from(vitals.late_ms) / 1e3);
    seconds("boards_age", "How long ago the boards were last known to be true", (vitals.now - vitals.as_of).max(0) as f64 / 1e3);
    seconds("start_time", "When the process started, since the epoch", vitals.started_at as f64 / 1e3);
    if let Some(memory) = vitals.memory {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(memory).unwrap_or(i64::MAX));
        registry.register_with_unit("memory", "What the process holds of the machine's memory", Unit::Bytes, gauge);
    }
    let mut out = String::new();
    encode(&mut out, &registry)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k2_only_those_named_may_scrape_and_nobody_through_a_strange_proxy() {
        let scrapers = Scrapers(["127.0.0.0/8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()].into());
        let (local, proxy): (SocketAddr, SocketAddr) = ("127.0.0.1:9".parse().unwrap(), "10.9.9.9:9".parse().unwrap());
        let mut forwarded = HeaderMap::new();
        assert!(scrapers.may(local, "127.0.0.1", &forwarded));
        assert!(!scrapers.may(proxy, "10.9.9.9", &forwarded));
        forwarded.insert("x-forwarded-for", "127.0.0.1".parse().unwrap());
        assert!(!scrapers.may(local, "127.0.0.1", &forwarded), "the proxy is on this machine, and not trusted");
        assert!(scrapers.may(proxy, "10.1.2.3", &forwarded), "a trusted proxy says who it is");
        assert!(!scrapers.may(proxy, "203.0.113.9", &forwarded));
    }
}
