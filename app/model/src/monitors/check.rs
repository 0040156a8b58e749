//! The kinds of check and their settings (DOMAIN G1).

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// What is checked, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// HTTP or HTTPS: DOWN where there is no answer, its status is 400 or more, or the text is missing; TROUBLE where it
    /// took longer than the limit.
    Http {
        url: String,
        /// Must stand in the first 1 MiB of the body; empty: not looked for.
        #[serde(default)]
        contains: String,
        #[serde(default)]
        latency_limit_ms: Option<u32>,
    },
    /// A TCP connection that opens; TROUBLE where it took longer than the limit.
    Tcp {
        host: String,
        port: u16,
        #[serde(default)]
        latency_limit_ms: Option<u32>,
    },
    /// Three ICMP echo requests: DOWN where none is answered; TROUBLE where some are lost, or the round trip takes longer than
    /// the limit on average; CONFIGURATION ERROR where this machine does not let the server ping.
    Ping {
        host: String,
        #[serde(default)]
        latency_limit_ms: Option<u32>,
    },
    /// One question to a name server: DOWN where it does not answer, knows no such name or no such record, or no record
    /// contains what is expected; TROUBLE where the answer took longer than the limit.
    Dns {
        /// For PTR an IP address may stand here.
        name: String,
        record: RecordKind,
        /// IP address, perhaps with a port; empty: the name servers of the machine that runs the check.
        #[serde(default)]
        resolver: String,
        /// Must be contained in one of the records, whatever the case; empty: any record will do.
        #[serde(default)]
        expects: String,
        #[serde(default)]
        latency_limit_ms: Option<u32>,
    },
    /// A TLS certificate's end: DOWN once past, TROUBLE within `warn_days`.
    Tls { host: String, port: u16, warn_days: u32 },
    /// The target calls in, at least once in an interval: DISCOVERY until the first call, UP at each call, DOWN once the last one
    /// is longer ago than the interval and the grace. Nothing is looked at, so time-out and retries mean nothing.
    Heartbeat { grace_s: u32 },
    /// No real target: statuses made up by the product, marked as such everywhere.
    Simulated { profile: Profile },
}

/// What is asked of a name server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Txt,
    Srv,
    Soa,
    Caa,
    Ptr,
}

impl RecordKind {
    pub const ALL: [Self; 10] =
        [Self::A, Self::Aaaa, Self::Cname, Self::Mx, Self::Ns, Self::Txt, Self::Srv, Self::Soa, Self::Caa, Self::Ptr];

    /// As name servers write it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Txt => "TXT",
            Self::Srv => "SRV",
            Self::Soa => "SOA",
            Self::Caa => "CAA",
            Self::Ptr => "PTR",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record| record.key() == key)
    }
}

/// A name server's address: `10.0.0.53`, `10.0.0.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`.
#[must_use]
pub fn resolver_address(text: &str) -> Option<SocketAddr> {
    const DNS: u16 = 53;
    text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DNS)).or_else(|_| text.parse()).ok().filter(|address| address.port() > 0)
}

/// How a simulated monitor behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Nearly always UP.
    Steady,
    /// UP, with short outages.
    Flaky,
    /// TROUBLE most of the time.
    Slow,
    /// DOWN most of the time.
    Broken,
    /// CONFIGURATION ERROR.
    Misconfigured,
    /// MAINTENANCE.
    Maintained,
    /// Never gives a verdict: stays in DISCOVERY.
    Silent,
}

impl Profile {
    pub const ALL: [Self; 7] =
        [Self::Steady, Self::Flaky, Self::Slow, Self::Broken, Self::Misconfigured, Self::Maintained, Self::Silent];

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Flaky => "flaky",
            Self::Slow => "slow",
            Self::Broken => "broken",
            Self::Misconfigured => "misconfigured",
            Self::Maintained => "maintained",
            Self::Silent => "silent",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.key() == key)
    }
}

/// The kind of a check, without its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    Http,
    Tcp,
    Ping,
    Dns,
    Tls,
    Heartbeat,
    Simulated,
}

impl Kind {
    pub const ALL: [Self; 7] = [Self::Http, Self::Tcp, Self::Ping, Self::Dns, Self::Tls, Self::Heartbeat, Self::Simulated];

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Ping => "ping",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Heartbeat => "heartbeat",
            Self::Simulated => "simulated",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Http => "Web page (HTTP or HTTPS)",
            Self::Tcp => "TCP port",
            Self::Ping => "Ping (ICMP)",
            Self::Dns => "DNS record",
            Self::Tls => "TLS certificate expiry",
            Self::Heartbeat => "Heartbeat (calls in)",
            Self::Simulated => "Simulated",
        }
    }

    /// For table cells.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tcp => "TCP",
            Self::Ping => "Ping",
            Self::Dns => "DNS",
            Self::Tls => "TLS",
            Self::Heartbeat => "Heartbeat",
            Self::Simulated => "Simulated",
        }
    }
}

impl Check {
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Http { .. } => Kind::Http,
            Self::Tcp { .. } => Kind::Tcp,
            Self::Ping { .. } => Kind::Ping,
            Self::Dns { .. } => Kind::Dns,
            Self::Tls { .. } => Kind::Tls,
            Self::Heartbeat { .. } => Kind::Heartbeat,
            Self::Simulated { .. } => Kind::Simulated,
        }
    }

    /// What it looks at, as a person writes it.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Http { url, .. } => url.clone(),
            Self::Tcp { host, port, .. } | Self::Tls { host, port, .. } => {
                if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                }
            }
            Self::Ping { host, .. } => host.clone(),
            Self::Dns { name, record, resolver, .. } if resolver.is_empty() => format!("{name} {}", record.key()),
            Self::Dns { name, record, resolver, .. } => format!("{name} {} @{resolver}", record.key()),
            Self::Heartbeat { .. } => "calls in".to_owned(),
            Self::Simulated { profile } => format!("simulated, {}", profile.key()),
        }
    }

    /// Above this the monitor is in TROUBLE; `None` where it has no limit or its kind none.
    #[must_use]
    pub const fn latency_limit_ms(&self) -> Option<u32> {
        match self {
            Self::Http { latency_limit_ms, .. }
            | Self::Tcp { latency_limit_ms, .. }
            | Self::Ping { latency_limit_ms, .. }
            | Self::Dns { latency_limit_ms, .. } => *latency_limit_ms,
            Self::Tls { .. } | Self::Heartbeat { .. } | Self::Simulated { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_a_name_server_is_an_address_with_or_without_a_port() {
        let read = |text: &str| resolver_address(text).map(|address| address.to_string());
        assert_eq!(read("10.0.0.53").as_deref(), Some("10.0.0.53:53"));
        assert_eq!(read("10.0.0.53:5353").as_deref(), Some("10.0.0.53:5353"));
        assert_eq!(read("2001:db8::53").as_deref(), Some("[2001:db8::53]:53"));
        assert_eq!(read("[2001:db8::53]:5353").as_deref(), Some("[2001:db8::53]:5353"));
        for wrong in ["", "dns.example", "10.0.0.53:", "10.0.0.53:0", "10.0.0.53:70000", "10.0.0"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn g1_every_word_of_a_kind_and_of_a_record_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_key(kind.key()), Some(kind));
        }
        for record in RecordKind::ALL {
            assert_eq!(RecordKind::from_key(record.key()), Some(record));
            assert_eq!(serde_json::to_string(&record).unwrap(), format!("\"{}\"", record.key()));
        }
    }
}
