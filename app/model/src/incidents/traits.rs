//! What outages can have in common, read from what their monitors look at and why they failed.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::monitors::{Check, Kind};

/// What an outage may share with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    kind: Kind,
    /// Host name or address that is looked at, in lower case; empty where there is none.
    host: String,
    /// The city of the monitor's location; empty where it has none.
    city: String,
    /// Why it failed, as it was said.
    reason: String,
}

/// One thing that all outages of an incident share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shared {
    Host(String),
    /// An address with the length of its prefix.
    Network(String),
    Domain(String),
    City(String),
    Kind(Kind),
    /// Numbers and addresses left out where they differ.
    Reason(String),
}

impl Shared {
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Host(name) | Self::Network(name) | Self::Domain(name) | Self::City(name) | Self::Reason(name) => name,
            Self::Kind(kind) => kind.short(),
        }
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "all at {host}"),
            Self::Network(network) => write!(f, "all in the network {network}"),
            Self::Domain(domain) => write!(f, "all under {domain}"),
            Self::City(city) => write!(f, "all in {city}"),
            Self::Kind(Kind::Heartbeat) => write!(f, "all heartbeats"),
            Self::Kind(kind) => write!(f, "all checked by {}", kind.short()),
            Self::Reason(reason) => write!(f, "all for the same reason: {reason}"),
        }
    }
}

impl Traits {
    /// `city` is that of the monitor's location, empty where it has none.
    #[must_use]
    pub fn of(check: &Check, reason: &str, city: &str) -> Self {
        Self { kind: check.kind(), host: host(check), city: city.trim().to_owned(), reason: reason.to_owned() }
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// The network of an address, the domain of a name.
    pub(super) fn area(&self) -> Option<String> {
        if self.host.is_empty() {
            return None;
        }
        Some(network(&self.host).unwrap_or_else(|| domain(&self.host).to_owned()))
    }

    pub(super) fn place(&self) -> Option<String> {
        (!self.city.is_empty()).then(|| self.city.to_lowercase())
    }

    pub(super) fn signs(&self) -> Option<String> {
        (!self.reason.is_empty()).then(|| format!("{} {}", self.kind.key(), outline(&self.reason)))
    }
}

/// What all of these share, the most telling first. What follows from another is left out: who is at one host is in its network.
pub(super) fn shared<'a>(outages: impl Iterator<Item = &'a Traits>) -> Vec<Shared> {
    let all: Vec<&Traits> = outages.collect();
    let one = |of: &dyn Fn(&Traits) -> Option<String>| {
        let first = of(all.first()?)?;
        all.iter().all(|traits| of(traits).as_ref() == Some(&first)).then_some(first)
    };
    let host = one(&|traits| Some(traits.host.clone()).filter(|host| !host.is_empty()));
    let area = || {
        let area = one(&Traits::area)?;
        Some(if area.contains('/') { Shared::Network(area) } else { Shared::Domain(area) })
    };
    let city = one(&Traits::place).and_then(|_| all.first().map(|traits| traits.city.clone()));
    let kind = one(&|traits| Some(traits.kind.key().to_owned())).and_then(|key| Kind::from_key(&key));
    let reason = one(&|traits| Some(traits.reason.clone())).or_else(|| one(&|traits| Some(outline(&traits.reason))));
    [
        host.map(Shared::Host).or_else(area),
        city.map(Shared::City),
        kind.map(Shared::Kind),
        reason.filter(|reason| reason.contains(char::is_alphabetic)).map(Shared::Reason),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The host that is looked at; of a DNS check the name server that is asked, where it names one.
fn host(check: &Check) -> String {
    let host = match check {
        Check::Http { url, .. } => {
            url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
        }
        Check::Tcp { host, .. } | Check::Tls { host, .. } | Check::Ping { host, .. } => host.clone(),
        Check::Dns { name, resolver, .. } if resolver.is_empty() => name.clone(),
        Check::Dns { resolver, .. } => {
            crate::monitors::resolver_address(resolver).map_or_else(|| resolver.clone(), |address| address.ip().to_string())
        }
        Check::Heartbeat { .. } | Check::Simulated { .. } => String::new(),
    };
    host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase()
}

/// `10.0.0.0/24` of an IPv4 address, the /64 of an IPv6 address; `None` of a name.
fn network(host: &str) -> Option<String> {
    match host.parse().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => network(&address.to_string()),
            None => Some(format!("{}/64", std::net::Ipv6Addr::from(address.to_bits() & !u128::from(u64::MAX)))),
        },
    }
}

/// The last two labels of a name; the last three where a short label stands before the country, as in `example.co.uk`.
fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(place, _)| place);
    let (Some(last), second) = (dots.next(), dots.next()) else { return host };
    let Some(second) = second else { return host };
    let is_country = host.len() - last == 3;
    let is_short = last - second <= 4;
    if !(is_country && is_short) {
        return &host[second + 1..];
    }
    dots.next().map_or(host, |third| &host[third + 1..])
}

/// A reason without what differs from one monitor to the next: every word that holds a digit, and every address.
fn outline(reason: &str) -> String {
    let is_own = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | '@' | '/'))
    };
    reason.split_whitespace().map(|word| if is_own(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(url: &str) -> Check {
        Check::Http { url: url.into(), contains: String::new(), latency_limit_ms: None }
    }

    fn area(check: &Check) -> Option<String> {
        Traits::of(check, "", "").area()
    }

    #[test]
    fn f13_what_is_looked_at_is_a_network_or_a_domain() {
        let of = |host: &str| area(&Check::Ping { host: host.into(), latency_limit_ms: None });
        assert_eq!(of("10.1.2.3").as_deref(), Some("10.1.2.0/24"));
        assert_eq!(of("::ffff:10.1.2.3").as_deref(), Some("10.1.2.0/24"));
        assert_eq!(of("2001:db8:1:2:3::4").as_deref(), Some("2001:db8:1:2::/64"));
        assert_eq!(of("Gateway.Example.").as_deref(), Some("gateway.example"));
        assert_eq!(of("a.b.shop.example.com").as_deref(), Some("example.com"));
        assert_eq!(of("www.shop.co.uk").as_deref(), Some("shop.co.uk"));
        assert_eq!(of("shop.co.uk").as_deref(), Some("shop.co.uk"));
        assert_eq!(of("router").as_deref(), Some("router"));
        assert_eq!(area(&http("https://user:pw@WWW.Shop.example:8443/a?b#c")).as_deref(), Some("shop.example"));
        assert_eq!(area(&http("http://[2001:db8::7]:80/")).as_deref(), Some("2001:db8::/64"));
        assert_eq!(area(&Check::Heartbeat { grace_s: 1 }), None);
        let dns = |resolver: &str| Check::Dns {
            name: "mail.shop.example".into(),
            record: crate::monitors::RecordKind::Mx,
            resolver: resolver.into(),
            expects: String::new(),
            latency_limit_ms: None,
        };
        assert_eq!(area(&dns("")).as_deref(), Some("shop.example"));
        assert_eq!(area(&dns("10.0.0.53:5353")).as_deref(), Some("10.0.0.0/24"));
    }

    #[test]
    fn f13_a_reason_is_the_same_whatever_the_address() {
        assert_eq!(outline("Connection refused by 10.0.0.5:443"), "Connection refused by …");
        assert_eq!(outline("4.2 s, limit 2 s"), outline("3 s, limit 2 s"));
        assert_ne!(outline("No answer from [::1]:80"), outline("Connection refused by [::1]:80"));
        assert_eq!(outline("Stopped. Then gone."), "Stopped. Then gone.");
    }

    #[test]
    fn f13_what_is_shared_is_said_once_and_the_most_telling_first() {
        let said = |traits: &[Traits]| shared(traits.iter()).iter().map(ToString::to_string).collect::<Vec<_>>();
        let a = Traits::of(&http("http://10.0.0.5/a"), "Connection refused by 10.0.0.5:80", "Hull");
        let b = Traits::of(&http("http://10.0.0.5/b"), "Connection refused by 10.0.0.5:80", " hull");
        let c = Traits::of(&http("http://10.0.0.9/"), "Connection refused by 10.0.0.9:80", "");
        let d = Traits::of(&Check::Ping { host: "10.0.0.9".into(), latency_limit_ms: None }, "", "");
        assert_eq!(
            said(&[a.clone(), b.clone()]),
            [
                "all at 10.0.0.5",
                "all in Hull",
                "all checked by HTTP",
                "all for the same reason: Connection refused by 10.0.0.5:80"
            ]
        );
        assert_eq!(
            said(&[a.clone(), b, c]),
            ["all in the network 10.0.0.0/24", "all checked by HTTP", "all for the same reason: Connection refused by …"]
        );
        assert_eq!(said(&[a, d]), ["all in the network 10.0.0.0/24"]);
        assert!(said(&[]).is_empty());
    }
}
