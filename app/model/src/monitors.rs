//! A monitor: its kinds and their settings (DOMAIN G1), what the form holds and what is accepted of it, and one verdict.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use crate::{
    CustomerId, FieldError, MonitorId, Problem, Status,
    customers::{check_text, is_web_url},
};

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
    /// A TLS certificate's end: DOWN once past, TROUBLE within `warn_days`.
    Tls { host: String, port: u16, warn_days: u32 },
    /// No real target: statuses made up by the product, marked as such everywhere.
    Simulated { profile: Profile },
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
    Tls,
    Simulated,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Http, Self::Tcp, Self::Tls, Self::Simulated];

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
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
            Self::Tls => "TLS certificate expiry",
            Self::Simulated => "Simulated",
        }
    }

    /// For table cells.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
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
            Self::Tls { .. } => Kind::Tls,
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
            Self::Simulated { profile } => format!("simulated, {}", profile.key()),
        }
    }
}

/// Intervals that the form offers, in seconds.
pub const INTERVALS_S: [u32; 7] = [10, 30, 60, 120, 300, 900, 3600];
pub const TIMEOUT_MOST_S: u32 = 60;
pub const RETRIES_MOST: u32 = 10;

/// The form of 'add monitor' and 'edit monitor', as typed. Names are those of the form's controls; which of them count depends
/// on `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorInput {
    pub name: String,
    pub kind: String,
    pub url: String,
    pub contains: String,
    pub host: String,
    pub port: String,
    pub latency_limit_ms: String,
    pub warn_days: String,
    pub profile: String,
    pub interval_s: String,
    pub timeout_s: String,
    pub retries: String,
}

impl Default for MonitorInput {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: Kind::Http.key().into(),
            url: String::new(),
            contains: String::new(),
            host: String::new(),
            port: "443".into(),
            latency_limit_ms: String::new(),
            warn_days: "14".into(),
            profile: Profile::Flaky.key().into(),
            interval_s: "60".into(),
            timeout_s: "10".into(),
            retries: "2".into(),
        }
    }
}

/// A monitor's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorSettings {
    pub name: String,
    pub check: Check,
    pub interval_s: u32,
    pub timeout_s: u32,
    /// How often a failure must repeat before it counts.
    pub retries: u32,
}

impl MonitorInput {
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<MonitorSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, 200);
        let check = self.check(&mut errors);
        let interval_s = number(&mut errors, "interval_s", &self.interval_s, 5, 86_400).unwrap_or_default();
        let timeout_s = number(&mut errors, "timeout_s", &self.timeout_s, 1, TIMEOUT_MOST_S).unwrap_or_default();
        let retries = number(&mut errors, "retries", &self.retries, 0, RETRIES_MOST).unwrap_or_default();
        if interval_s > 0 && timeout_s >= interval_s {
            errors.push(FieldError::new("timeout_s", Problem::TimeoutNotBelowInterval));
        }
        match check {
            Some(check) if errors.is_empty() => {
                Ok(MonitorSettings { name: self.name.trim().to_owned(), check, interval_s, timeout_s, retries })
            }
            _ => Err(errors),
        }
    }

    fn check(&self, errors: &mut Vec<FieldError>) -> Option<Check> {
        let Some(kind) = Kind::from_key(&self.kind) else {
            errors.push(FieldError::new("kind", Problem::NotAChoice));
            return None;
        };
        match kind {
            Kind::Http => {
                let before = errors.len();
                check_text(errors, "url", &self.url, true, 2000);
                if errors.len() == before && !is_web_url(self.url.trim()) {
                    errors.push(FieldError::new("url", Problem::NotAUrl));
                }
                check_text(errors, "contains", &self.contains, false, 1000);
                Some(Check::Http {
                    url: self.url.trim().to_owned(),
                    contains: self.contains.trim().to_owned(),
                    latency_limit_ms: self.latency_limit(errors),
                })
            }
            Kind::Tcp => {
                let place = self.host_and_port(errors);
                let latency_limit_ms = self.latency_limit(errors);
                let (host, port) = place?;
                Some(Check::Tcp { host, port, latency_limit_ms })
            }
            Kind::Tls => {
                let place = self.host_and_port(errors);
                let warn_days = number(errors, "warn_days", &self.warn_days, 1, 365);
                let (host, port) = place?;
                Some(Check::Tls { host, port, warn_days: warn_days? })
            }
            Kind::Simulated => {
                let profile = Profile::from_key(&self.profile);
                if profile.is_none() {
                    errors.push(FieldError::new("profile", Problem::NotAChoice));
                }
                Some(Check::Simulated { profile: profile? })
            }
        }
    }

    fn latency_limit(&self, errors: &mut Vec<FieldError>) -> Option<u32> {
        if self.latency_limit_ms.trim().is_empty() {
            return None;
        }
        number(errors, "latency_limit_ms", &self.latency_limit_ms, 1, 60_000)
    }

    fn host_and_port(&self, errors: &mut Vec<FieldError>) -> Option<(String, u16)> {
        let before = errors.len();
        check_text(errors, "host", &self.host, true, 253);
        let host = self.host.trim().trim_start_matches('[').trim_end_matches(']').to_owned();
        if errors.len() == before && !is_host(&host) {
            errors.push(FieldError::new("host", Problem::NotAHost));
        }
        let port = number(errors, "port", &self.port, 1, 65_535)?;
        (errors.len() == before).then_some(())?;
        Some((host, u16::try_from(port).ok()?))
    }
}

impl From<&MonitorSettings> for MonitorInput {
    fn from(settings: &MonitorSettings) -> Self {
        let limit = |limit: Option<u32>| limit.map(|ms| ms.to_string()).unwrap_or_default();
        let mut input = Self {
            name: settings.name.clone(),
            kind: settings.check.kind().key().to_owned(),
            interval_s: settings.interval_s.to_string(),
            timeout_s: settings.timeout_s.to_string(),
            retries: settings.retries.to_string(),
            ..Self::default()
        };
        match &settings.check {
            Check::Http { url, contains, latency_limit_ms } => {
                input.url.clone_from(url);
                input.contains.clone_from(contains);
                input.latency_limit_ms = limit(*latency_limit_ms);
            }
            Check::Tcp { host, port, latency_limit_ms } => {
                input.host.clone_from(host);
                input.port = port.to_string();
                input.latency_limit_ms = limit(*latency_limit_ms);
            }
            Check::Tls { host, port, warn_days } => {
                input.host.clone_from(host);
                input.port = port.to_string();
                input.warn_days = warn_days.to_string();
            }
            Check::Simulated { profile } => input.profile = profile.key().to_owned(),
        }
        input
    }
}

pub(crate) fn number(errors: &mut Vec<FieldError>, field: &str, value: &str, from: u32, to: u32) -> Option<u32> {
    let problem = match value.trim().parse::<u32>() {
        Ok(n) if (from..=to).contains(&n) => return Some(n),
        Ok(_) => Problem::OutOfRange { from, to },
        Err(_) if value.trim().is_empty() => Problem::Required,
        Err(_) => Problem::NotANumber,
    };
    errors.push(FieldError::new(field, problem));
    None
}

fn is_host(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
        || (!host.contains(['/', ':', '@', '?', '#']) && matches!(url::Host::parse(host), Ok(url::Host::Domain(_))))
}

/// What one look at a monitor found. Every source of statuses ends in this (DESIGN, way 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub monitor: MonitorId,
    /// When the look ended, UTC milliseconds.
    pub at: i64,
    pub outcome: Outcome,
    pub source: Source,
}

/// What was found, without whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// Why, in words that a person understands; empty where all is well.
    pub reason: String,
    pub latency_ms: Option<u32>,
}

/// Where a verdict came from (DOMAIN, Words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    BuiltIn,
    Simulation,
    Person,
    /// A maintenance window that begins or ends.
    Schedule,
}

impl Source {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in check",
            Self::Simulation => "simulation",
            Self::Person => "a person",
            Self::Schedule => "maintenance schedule",
        }
    }
}

/// Why a transition happened, kept with it (DOMAIN G10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub source: Source,
    /// What the verdict that tipped it said.
    pub said: Status,
    pub latency_ms: Option<u32>,
    /// How many verdicts of the same kind stood behind it, this one included.
    pub attempts: u32,
    /// The rule that was applied, in words.
    pub rule: String,
}

/// What the monitor list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorQuery {
    /// Looked for in the monitor's and its customer's name and in the target.
    pub search: String,
    pub customer: Option<CustomerId>,
    pub status: Option<Status>,
    /// From 1.
    pub page: u32,
}

/// One row of a list of monitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorRow {
    pub id: MonitorId,
    pub name: String,
    pub customer: CustomerId,
    pub customer_name: String,
    pub kind: Kind,
    pub target: String,
    pub status: Status,
    pub since: i64,
    pub reason: String,
    pub interval_s: u32,
}

/// One page of a list of monitors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorPage {
    pub rows: Vec<MonitorRow>,
    pub matching: u32,
    pub page: u32,
    /// By status in the order of [`Status::ALL`], whatever status filter is set.
    pub by_status: [u32; 7],
}

/// A monitor's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorDetail {
    pub row: MonitorRow,
    pub settings: MonitorSettings,
    pub version: i64,
    /// The last verdict's time, 0 before the first.
    pub verdict_at: i64,
    pub latency_ms: Option<u32>,
    /// The newest transitions, the newest first.
    pub transitions: Vec<TransitionRow>,
    pub may_manage: bool,
}

/// One change of a monitor's status with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionRow {
    pub at: i64,
    pub from: Status,
    pub to: Status,
    pub reason: String,
    pub evidence: Evidence,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> MonitorInput {
        MonitorInput { name: "shop".into(), url: "https://shop.example/".into(), ..MonitorInput::default() }
    }

    #[test]
    fn g1_each_kind_reads_back_as_it_was_typed() {
        let inputs = [
            MonitorInput { latency_limit_ms: "2000".into(), contains: "Welcome".into(), ..http() },
            MonitorInput { kind: "tcp".into(), host: "10.0.0.5".into(), ..http() },
            MonitorInput { kind: "tls".into(), host: "fe80::1".into(), port: "8443".into(), warn_days: "30".into(), ..http() },
            MonitorInput { kind: "simulated".into(), profile: "slow".into(), ..http() },
        ];
        for input in inputs {
            let settings = input.validate().unwrap();
            assert_eq!(MonitorInput::from(&settings).validate().unwrap(), settings);
            let stored = serde_json::to_string(&settings.check).unwrap();
            assert_eq!(serde_json::from_str::<Check>(&stored).unwrap(), settings.check);
        }
    }

    #[test]
    fn g1_bad_settings_are_refused_at_their_field() {
        let fields = |input: MonitorInput| -> Vec<String> {
            input.validate().err().unwrap_or_default().into_iter().map(|e| e.field).collect()
        };
        assert_eq!(fields(MonitorInput { name: String::new(), ..http() }), ["name"]);
        assert_eq!(fields(MonitorInput { url: "file:///etc/passwd".into(), ..http() }), ["url"]);
        assert_eq!(fields(MonitorInput { kind: "gopher".into(), ..http() }), ["kind"]);
        assert_eq!(fields(MonitorInput { timeout_s: "60".into(), ..http() }), ["timeout_s"]);
        assert_eq!(fields(MonitorInput { interval_s: "1e3".into(), ..http() }), ["interval_s"]);
        let tcp = MonitorInput { kind: "tcp".into(), host: "db.internal".into(), ..http() };
        assert_eq!(fields(MonitorInput { host: "http://db".into(), ..tcp.clone() }), ["host"]);
        assert_eq!(fields(MonitorInput { port: "65536".into(), ..tcp.clone() }), ["port"]);
        assert_eq!(fields(MonitorInput { host: String::new(), port: String::new(), ..tcp.clone() }), ["host", "port"]);
        let all_wrong = MonitorInput { kind: "tls".into(), host: "a b".into(), port: "0".into(), warn_days: "x".into(), ..tcp };
        assert_eq!(fields(all_wrong), ["host", "port", "warn_days"]);
    }
}
