//! From a host's name to an open connection, and the TCP check, which is no more than that. Every address is judged by the
//! policy after it was resolved, and nothing is resolved a second time.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    time::Duration,
};

use model::monitors::Outcome;
use tokio::{net::TcpStream, task::JoinSet, time::sleep};
use url::Host;

use crate::{
    look::{Failure, Look, Waiting, in_time},
    reason,
};

/// Addresses of one name that are tried.
const ADDRESSES_MOST: usize = 8;
/// An address has this head start before the next is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// The TCP check.
pub(crate) async fn port(look: &mut Look, host: &str, port: u16, latency_limit_ms: Option<u32>) -> Result<Outcome, Failure> {
    let host = parse_host(host)?;
    open(look, &host, port).await?;
    Ok(in_time(look.took_ms(), latency_limit_ms))
}

/// An address, or a name in the form that name servers and certificates use.
pub(crate) fn parse_host(host: &str) -> Result<Host, Failure> {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => Ok(Host::Ipv4(v4)),
        Ok(IpAddr::V6(v6)) => Ok(Host::Ipv6(v6)),
        Err(_) => Host::parse(host).map_err(|_| Failure::never(format!("{} is not a host name", reason::cut(host, 80)))),
    }
}

pub(crate) async fn open(look: &mut Look, host: &Host, port: u16) -> Result<(TcpStream, SocketAddr), Failure> {
    let allowed = allowed_addresses(look, host, port).await?;
    race(look, allowed).await
}

/// Where the host is, as far as the policy lets the check go there.
pub(crate) async fn allowed_addresses(look: &mut Look, host: &Host, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let resolved = resolve(look, host, port).await?;
    judge(look, resolved)
}

async fn resolve(look: &mut Look, host: &Host, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let name = match host {
        Host::Ipv4(v4) => return Ok(vec![SocketAddr::new((*v4).into(), port)]),
        Host::Ipv6(v6) => return Ok(vec![SocketAddr::new((*v6).into(), port)]),
        Host::Domain(name) => name.clone(),
    };
    look.waiting = Waiting::Name(name.clone());
    let looked_up = lookup(look, name.clone(), port).await;
    looked_up.map_err(|error| Failure::down(lookup_reason(&name, &error)))
}

/// Not tokio's own `lookup_host`: the permit has to live as long as the thread that waits for the name server, also when the
/// check has given up meanwhile.
async fn lookup(look: &Look, name: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let permit = look.checker.0.lookups.clone().acquire_owned().await.map_err(io::Error::other)?;
    let thread = tokio::task::spawn_blocking(move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        drop(permit);
        addresses
    });
    thread.await.map_err(io::Error::other)?
}

/// The system says why in words only (`gai_strerror` of glibc, musl and macOS).
fn lookup_reason(name: &str, error: &io::Error) -> String {
    let said = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let name = reason::cut(name, 80);
    if says(&["Temporary failure", "Try again"]) {
        format!("The name server gave no answer about {name}")
    } else if says(&["No address associated", "no usable address"]) {
        format!("Host name {name} has no address")
    } else if says(&["not known", "does not resolve"]) {
        format!("Host name {name} does not exist")
    } else {
        format!("Host name {name} could not be looked up: {said}")
    }
}

fn judge(look: &Look, resolved: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Failure> {
    let mut allowed = Vec::new();
    let mut refusal = None;
    for address in resolved {
        match look.checker.0.policy.allows(address.ip()) {
            Ok(()) if allowed.len() < ADDRESSES_MOST && !allowed.contains(&address) => allowed.push(address),
            Ok(()) => {}
            Err(forbidden) => {
                refusal.get_or_insert(forbidden);
            }
        }
    }
    match refusal {
        Some(forbidden) if allowed.is_empty() => Err(Failure::never(forbidden.to_string())),
        Some(_) | None => Ok(allowed),
    }
}

/// The first address that accepts wins, so that a dead IPv6 route does not make a host look down.
pub(crate) async fn race(look: &mut Look, addresses: Vec<SocketAddr>) -> Result<(TcpStream, SocketAddr), Failure> {
    let mut waiting = addresses.clone().into_iter();
    look.waiting = Waiting::Connection(addresses);
    let mut attempts = JoinSet::new();
    let mut failure: Option<(SocketAddr, io::Error)> = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let ended = tokio::select! {
            ended = attempts.join_next() => ended,
            () = sleep(HEAD_START), if waiting.len() > 0 => continue,
        };
        match ended {
            Some(Ok((address, Ok(stream)))) => return Ok((stream, address)),
            Some(Ok((address, Err(error)))) => {
                if let Waiting::Connection(pending) = &mut look.waiting {
                    pending.retain(|other| *other != address);
                }
                if failure.as_ref().is_none_or(|(_, earlier)| has_no_route(earlier)) {
                    failure = Some((address, error));
                }
            }
            Some(Err(aborted)) => return Err(Failure::down(format!("The check broke off: {aborted}"))),
            None => return Err(unconnected(failure)),
        }
    }
}

fn unconnected(failure: Option<(SocketAddr, io::Error)>) -> Failure {
    match failure {
        Some((_, error)) if is_our_own(&error) => {
            Failure::never(format!("The server that runs the check could not connect: {error}"))
        }
        Some((address, error)) => Failure::down(io_reason(address, &error)),
        None => Failure::down("The host has no address"),
    }
}

/// Why a connection could not be opened or broke, without what TLS has to say about it.
pub(crate) fn io_reason(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("Connection refused by {address}"),
        io::ErrorKind::TimedOut => format!("No answer from {address}"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => format!("No route to {address}"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            format!("{address} reset the connection")
        }
        io::ErrorKind::UnexpectedEof => format!("{address} closed the connection before answering"),
        _ => format!("Connection to {address} failed: {error}"),
    }
}

fn has_no_route(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
}

/// No file descriptors or no ports left here, or a rule of this machine's: says nothing of the target, so it must not be an
/// outage.
pub(crate) fn is_our_own(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
        || matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_what_the_name_server_said_reads_as_a_sentence() {
        let said = |words: &str| {
            lookup_reason("shop.example", &io::Error::other(format!("failed to lookup address information: {words}")))
        };
        assert_eq!(said("Name or service not known"), "Host name shop.example does not exist");
        assert_eq!(said("Name does not resolve"), "Host name shop.example does not exist");
        assert_eq!(said("nodename nor servname provided, or not known"), "Host name shop.example does not exist");
        assert_eq!(said("No address associated with hostname"), "Host name shop.example has no address");
        assert_eq!(said("Temporary failure in name resolution"), "The name server gave no answer about shop.example");
    }

    #[test]
    fn g1_a_host_is_an_address_or_a_name_as_name_servers_know_it() {
        let parsed = |host| parse_host(host).unwrap().to_string();
        assert_eq!(["::1", "127.1", "bücher.example"].map(parsed), ["[::1]", "127.0.0.1", "xn--bcher-kva.example"]);
        assert!(parse_host("a b").is_err());
    }

    #[test]
    fn g1_running_out_of_files_or_ports_here_is_no_outage_there() {
        let address: SocketAddr = "10.0.0.5:443".parse().unwrap();
        let outcome: Outcome = unconnected(Some((address, io::Error::from_raw_os_error(24)))).into();
        assert_eq!(outcome.status, model::Status::ConfigurationError);
        let outcome: Outcome = unconnected(Some((address, io::ErrorKind::ConnectionRefused.into()))).into();
        assert_eq!((outcome.status, outcome.reason.as_str()), (model::Status::Down, "Connection refused by 10.0.0.5:443"));
    }
}
