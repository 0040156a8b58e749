//! The form of a monitor: what it holds, and what is accepted of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Check, Kind, Profile, RecordKind, resolver_address};
use crate::{
    FieldError, Problem,
    customers::{check_text, is_web_url},
};

/// Intervals that the form offers, in seconds.
pub const INTERVALS_S: [u32; 10] = [10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400, INTERVAL_MOST_S];
pub const TIMEOUT_MOST_S: u32 = 60;
pub const RETRIES_MOST: u32 = 10;
const INTERVAL_MOST_S: u32 = 604_800;
const GRACE_MOST_S: u32 = 86_400;

/// The form of 'add monitor' and 'edit monitor', as typed. Names are those of the form's controls; which of them count depends
/// on `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorInput {
    pub name: String,
    /// One of the customer's locations by its id, or empty for none.
    pub location: String,
    pub kind: String,
    pub url: String,
    pub contains: String,
    pub host: String,
    pub port: String,
    pub record_name: String,
    pub record: String,
    pub resolver: String,
    pub expects: String,
    pub latency_limit_ms: String,
    pub warn_days: String,
    pub profile: String,
    pub interval_s: String,
    pub grace_s: String,
    pub timeout_s: String,
    pub retries: String,
}

impl Default for MonitorInput {
    fn default() -> Self {
        Self {
            name: String::new(),
            location: String::new(),
            kind: Kind::Http.key().into(),
            url: String::new(),
            contains: String::new(),
            host: String::new(),
            port: "443".into(),
            record_name: String::new(),
            record: RecordKind::A.key().into(),
            resolver: String::new(),
            expects: String::new(),
            latency_limit_ms: String::new(),
            warn_days: "14".into(),
            profile: Profile::Flaky.key().into(),
            interval_s: "60".into(),
            grace_s: "60".into(),
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
        let interval_s = number(&mut errors, "interval_s", &self.interval_s, 5, INTERVAL_MOST_S).unwrap_or_default();
        let (timeout_s, retries) = self.patience(&mut errors, interval_s);
        match check {
            Some(check) if errors.is_empty() => {
                Ok(MonitorSettings { name: self.name.trim().to_owned(), check, interval_s, timeout_s, retries })
            }
            _ => Err(errors),
        }
    }

    /// Time-out and retries. A heartbeat has neither: it is waited for, not looked at.
    fn patience(&self, errors: &mut Vec<FieldError>, interval_s: u32) -> (u32, u32) {
        if Kind::from_key(&self.kind) == Some(Kind::Heartbeat) {
            return (1, 0);
        }
        let timeout_s = number(errors, "timeout_s", &self.timeout_s, 1, TIMEOUT_MOST_S).unwrap_or_default();
        let retries = number(errors, "retries", &self.retries, 0, RETRIES_MOST).unwrap_or_default();
        if interval_s > 0 && timeout_s >= interval_s {
            errors.push(FieldError::new("timeout_s", Problem::TimeoutNotBelowInterval));
        }
        (timeout_s, retries)
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
            Kind::Ping => {
                let host = self.host(errors);
                let latency_limit_ms = self.latency_limit(errors);
                Some(Check::Ping { host: host?, latency_limit_ms })
            }
            Kind::Dns => self.dns(errors),
            Kind::Tls => {
                let place = self.host_and_port(errors);
                let warn_days = number(errors, "warn_days", &self.warn_days, 1, 365);
                let (host, port) = place?;
                Some(Check::Tls { host, port, warn_days: warn_days? })
            }
            Kind::Heartbeat => Some(Check::Heartbeat { grace_s: number(errors, "grace_s", &self.grace_s, 0, GRACE_MOST_S)? }),
            Kind::Simulated => {
                let profile = Profile::from_key(&self.profile);
                if profile.is_none() {
                    errors.push(FieldError::new("profile", Problem::NotAChoice));
                }
                Some(Check::Simulated { profile: profile? })
            }
        }
    }

    fn dns(&self, errors: &mut Vec<FieldError>) -> Option<Check> {
        let record = RecordKind::from_key(&self.record);
        let before = errors.len();
        check_text(errors, "record_name", &self.record_name, true, 253);
        let name = self.record_name.trim().trim_end_matches('.').to_owned();
        if errors.len() == before && !is_record_name(&name, record) {
            errors.push(FieldError::new("record_name", Problem::NotAHost));
        }
        if record.is_none() {
            errors.push(FieldError::new("record", Problem::NotAChoice));
        }
        let resolver = self.resolver.trim().to_owned();
        if !resolver.is_empty() && resolver_address(&resolver).is_none() {
            errors.push(FieldError::new("resolver", Problem::NotAnAddress));
        }
        check_text(errors, "expects", &self.expects, false, 1000);
        let expects = self.expects.trim().to_owned();
        Some(Check::Dns { name, record: record?, resolver, expects, latency_limit_ms: self.latency_limit(errors) })
    }

    fn latency_limit(&self, errors: &mut Vec<FieldError>) -> Option<u32> {
        if self.latency_limit_ms.trim().is_empty() {
            return None;
        }
        number(errors, "latency_limit_ms", &self.latency_limit_ms, 1, 60_000)
    }

    fn host(&self, errors: &mut Vec<FieldError>) -> Option<String> {
        let before = errors.len();
        check_text(errors, "host", &self.host, true, 253);
        let host = self.host.trim().trim_start_matches('[').trim_end_matches(']').to_owned();
        if errors.len() == before && !is_host(&host) {
            errors.push(FieldError::new("host", Problem::NotAHost));
        }
        (errors.len() == before).then_some(host)
    }

    fn host_and_port(&self, errors: &mut Vec<FieldError>) -> Option<(String, u16)> {
        let host = self.host(errors);
        let port = number(errors, "port", &self.port, 1, 65_535)?;
        Some((host?, u16::try_from(port).ok()?))
    }
}

impl From<&MonitorSettings> for MonitorInput {
    fn from(settings: &MonitorSettings) -> Self {
        let mut input = Self {
            name: settings.name.clone(),
            kind: settings.check.kind().key().to_owned(),
            interval_s: settings.interval_s.to_string(),
            latency_limit_ms: settings.check.latency_limit_ms().map(|ms| ms.to_string()).unwrap_or_default(),
            ..Self::default()
        };
        if settings.check.kind() != Kind::Heartbeat {
            input.timeout_s = settings.timeout_s.to_string();
            input.retries = settings.retries.to_string();
        }
        match &settings.check {
            Check::Http { url, contains, .. } => {
                input.url.clone_from(url);
                input.contains.clone_from(contains);
            }
            Check::Tcp { host, port, .. } => {
                input.host.clone_from(host);
                input.port = port.to_string();
            }
            Check::Ping { host, .. } => input.host.clone_from(host),
            Check::Dns { name, record, resolver, expects, .. } => {
                input.record_name.clone_from(name);
                record.key().clone_into(&mut input.record);
                input.resolver.clone_from(resolver);
                input.expects.clone_from(expects);
            }
            Check::Tls { host, port, warn_days } => {
                input.host.clone_from(host);
                input.port = port.to_string();
                input.warn_days = warn_days.to_string();
            }
            Check::Heartbeat { grace_s } => input.grace_s = grace_s.to_string(),
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
    host.parse::<IpAddr>().is_ok() || is_host_name(host)
}

fn is_host_name(host: &str) -> bool {
    !host.contains(['/', ':', '@', '?', '#']) && matches!(url::Host::parse(host), Ok(url::Host::Domain(_)))
}

/// A name whose parts fit into a question. An address stands for its name in the reverse tree, so only PTR takes one.
fn is_record_name(name: &str, record: Option<RecordKind>) -> bool {
    if name.parse::<IpAddr>().is_ok() {
        return record == Some(RecordKind::Ptr);
    }
    is_host_name(name) && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> MonitorInput {
        MonitorInput { name: "shop".into(), url: "https://shop.example/".into(), ..MonitorInput::default() }
    }

    fn dns(name: &str, record: &str) -> MonitorInput {
        MonitorInput { kind: "dns".into(), record_name: name.into(), record: record.into(), ..http() }
    }

    #[test]
    fn g1_each_kind_reads_back_as_it_was_typed() {
        let inputs = [
            MonitorInput { latency_limit_ms: "2000".into(), contains: "Welcome".into(), ..http() },
            MonitorInput { kind: "tcp".into(), host: "10.0.0.5".into(), ..http() },
            MonitorInput { kind: "ping".into(), host: "10.0.0.1".into(), latency_limit_ms: "80".into(), ..http() },
            dns("_dmarc.shop.example", "TXT"),
            MonitorInput { resolver: "10.0.0.53:5353".into(), expects: "10.0.0.5".into(), ..dns("shop.example", "A") },
            MonitorInput { resolver: "2001:db8::53".into(), ..dns("10.0.0.5", "PTR") },
            MonitorInput { kind: "heartbeat".into(), interval_s: "86400".into(), grace_s: "3600".into(), ..http() },
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
        let question = MonitorInput { resolver: "dns.example".into(), ..dns("http://shop", "LOC") };
        assert_eq!(fields(question), ["record_name", "record", "resolver"]);
        assert_eq!(fields(dns("10.0.0.5", "A")), ["record_name"]);
        assert_eq!(fields(dns("a..example", "A")), ["record_name"]);
        let ping = MonitorInput { kind: "ping".into(), latency_limit_ms: "0".into(), ..http() };
        assert_eq!(fields(ping), ["host", "latency_limit_ms"]);
        // What a kind does not have is not asked for.
        let heartbeat = MonitorInput { kind: "heartbeat".into(), timeout_s: "x".into(), retries: "x".into(), ..http() };
        assert_eq!(fields(MonitorInput { grace_s: "-1".into(), ..heartbeat.clone() }), ["grace_s"]);
        assert_eq!(heartbeat.validate().map(|settings| settings.retries), Ok(0));
    }
}
