//! The ping check: ICMP echo (RFC 792, 4443), by a datagram socket, which needs no privilege where
//! `net.ipv4.ping_group_range` lets this process have one, else by a raw socket.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use model::{Status, monitors::Outcome};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{net::UdpSocket, time::Instant};

use crate::{
    connect::{allowed_addresses, is_our_own, parse_host},
    look::{Failure, Look, Waiting, in_time},
    reason,
};

/// Echo requests of one look.
const ECHOES: usize = 3;
/// The longest time between two of them.
const APART: Duration = Duration::from_millis(200);
/// Identifier and sequence, and what tells our echoes from everyone else's.
const TOKEN: usize = 16;

/// The round trip of each echo; `None` where it is lost.
type Trips = [Option<Duration>; ECHOES];

/// The ping check.
pub(crate) async fn host(look: &mut Look, host: &str, latency_limit_ms: Option<u32>) -> Result<Outcome, Failure> {
    let host = parse_host(host)?;
    let mut failure = Failure::down("The host has no address");
    for address in allowed_addresses(look, &host, 0).await? {
        let ip = address.ip();
        look.waiting = Waiting::Echo(ip);
        // An address without a route from here does not hide another that answers.
        match echoes(look, ip).await {
            Ok(trips) => return Ok(verdict(ip, &trips, look.timeout, latency_limit_ms)),
            Err(unasked) => failure = unasked,
        }
    }
    Err(failure)
}

fn verdict(ip: IpAddr, trips: &Trips, timeout: Duration, latency_limit_ms: Option<u32>) -> Outcome {
    let answered: Vec<Duration> = trips.iter().flatten().copied().collect();
    let Ok(count) = u32::try_from(answered.len()) else { return Failure::down("The check broke off").into() };
    if count == 0 {
        let limit = reason::seconds(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        return Failure::down(format!("No answer from {ip} to {ECHOES} pings in {limit}")).into();
    }
    let average = answered.iter().sum::<Duration>() / count;
    let took_ms = u32::try_from((average.as_micros() + 500) / 1000).unwrap_or(u32::MAX);
    let outcome = in_time(took_ms, latency_limit_ms);
    let lost = ECHOES - answered.len();
    if lost == 0 {
        return outcome;
    }
    let round_trip = if outcome.reason.is_empty() { reason::seconds(took_ms.into()) } else { outcome.reason };
    let reason = format!("{lost} of {ECHOES} pings to {ip} lost, round trip {round_trip}");
    Outcome { status: Status::Trouble, reason, latency_ms: Some(took_ms) }
}

/// Sends the echoes and waits for them until the check's last moment.
async fn echoes(look: &Look, ip: IpAddr) -> Result<Trips, Failure> {
    let socket = open(ip)?;
    let token: [u8; TOKEN] = rand::random();
    let mut sent = [None; ECHOES];
    let mut trips: Trips = [None; ECHOES];
    let mut tick = tokio::time::interval(APART.min(look.timeout / 10).max(Duration::from_millis(1)));
    let last_moment = tokio::time::sleep_until(look.last_moment());
    tokio::pin!(last_moment);
    let mut datagram = [0; 1500];
    loop {
        let next = sent.iter().position(Option::is_none);
        tokio::select! {
            _ = tick.tick(), if next.is_some() => {
                let Some(number) = next else { continue };
                sent[number] = Some(Instant::now());
                match socket.send(&request(ip, number, token)).await {
                    Err(error) if number == 0 => return Err(unsent(ip, &error)),
                    // One that does not get out is as good as lost.
                    Ok(_) | Err(_) => {}
                }
            }
            // An error here is what a router on the way said: the echo is lost.
            Ok(length) = socket.recv(&mut datagram) => {
                if let Some(number) = reply(ip, &datagram[..length], token)
                    && let Some(sent) = sent.get(number).copied().flatten()
                {
                    trips[number].get_or_insert_with(|| sent.elapsed());
                }
                if trips.iter().all(Option::is_some) {
                    return Ok(trips);
                }
            }
            () = &mut last_moment => return Ok(trips),
        }
    }
}

fn open(ip: IpAddr) -> Result<UdpSocket, Failure> {
    let unprivileged = open_as(ip, Type::DGRAM);
    unprivileged.or_else(|_| open_as(ip, Type::RAW)).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => not_permitted(),
        _ => unsent(ip, &error),
    })
}

fn open_as(ip: IpAddr, kind: Type) -> io::Result<UdpSocket> {
    let (domain, protocol) = match ip {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket = Socket::new(domain, kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    socket.connect(&SocketAddr::new(ip, 0).into())?;
    UdpSocket::from_std(socket.into())
}

fn not_permitted() -> Failure {
    Failure::never(
        "This machine does not let the server ping: let net.ipv4.ping_group_range include its group, or give it CAP_NET_RAW",
    )
}

fn unsent(ip: IpAddr, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Failure::down(format!("No route to {ip}")),
        _ if is_our_own(error) => Failure::never(format!("The server that runs the check could not ping: {error}")),
        _ => Failure::down(format!("{ip} could not be pinged: {error}")),
    }
}

const HEADER: usize = 8;

/// An echo request. A datagram socket puts an identifier of its own in place of ours, and the system sums up what is sent by
/// ICMPv6, so neither is what a reply is known by.
fn request(ip: IpAddr, number: usize, token: [u8; TOKEN]) -> [u8; HEADER + TOKEN] {
    let mut packet = [0; HEADER + TOKEN];
    packet[0] = match ip {
        IpAddr::V4(_) => 8,
        IpAddr::V6(_) => 128,
    };
    packet[4..6].copy_from_slice(&token[..2]);
    packet[7] = u8::try_from(number).unwrap_or_default();
    packet[HEADER..].copy_from_slice(&token);
    let sum = checksum(&packet);
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// The number of the echo that this answers; `None` for whatever else comes by.
fn reply(ip: IpAddr, datagram: &[u8], token: [u8; TOKEN]) -> Option<usize> {
    let (packet, answer) = match ip {
        IpAddr::V4(_) => (without_ip_header(datagram)?, 0),
        IpAddr::V6(_) => (datagram, 129),
    };
    let is_ours = packet.first() == Some(&answer) && packet.get(HEADER..HEADER + TOKEN) == Some(&token[..]);
    if is_ours { packet.get(7).copied().map(usize::from) } else { None }
}

/// A raw socket, and on some systems every socket, hands out IPv4 packets whole. No ICMP type looks like version 4.
fn without_ip_header(datagram: &[u8]) -> Option<&[u8]> {
    let first = *datagram.first()?;
    if first >> 4 == 4 { datagram.get(usize::from(first & 0xf) * 4..) } else { Some(datagram) }
}

/// RFC 1071.
fn checksum(packet: &[u8]) -> u16 {
    let words = packet.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded + (folded >> 16)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIP: Option<Duration> = Some(Duration::from_micros(12_400));

    fn said(trips: Trips, limit_ms: Option<u32>) -> (Status, String) {
        let outcome = verdict("10.0.0.5".parse().unwrap(), &trips, Duration::from_secs(2), limit_ms);
        (outcome.status, outcome.reason)
    }

    #[test]
    fn g1_lost_pings_are_trouble_and_none_that_is_answered_is_down() {
        assert_eq!(said([TRIP; 3], None), (Status::Up, String::new()));
        assert_eq!(said([None, TRIP, TRIP], None), (Status::Trouble, "1 of 3 pings to 10.0.0.5 lost, round trip 12 ms".into()));
        assert_eq!(said([None; 3], Some(5)), (Status::Down, "No answer from 10.0.0.5 to 3 pings in 2 s".into()));
        assert_eq!(said([TRIP; 3], Some(10)), (Status::Trouble, "12 ms, limit 10 ms".into()));
        let both = "2 of 3 pings to 10.0.0.5 lost, round trip 12 ms, limit 10 ms";
        assert_eq!(said([TRIP, None, None], Some(10)), (Status::Trouble, both.into()));
    }

    #[test]
    fn g1_only_our_own_echoes_count() {
        let ip: IpAddr = "127.0.0.1".parse().unwrap();
        let token = [7; TOKEN];
        let mut answer = request(ip, 2, token);
        assert_eq!(checksum(&answer), 0);
        assert_eq!(reply(ip, &answer, token), None, "a request is no reply");
        answer[0] = 0;
        assert_eq!(reply(ip, &answer, token), Some(2));
        assert_eq!(reply(ip, &answer, [8; TOKEN]), None);
        let whole = [&[0x45; 20][..], &answer].concat();
        assert_eq!(reply(ip, &whole, token), Some(2));
        for cut in 0..answer.len() {
            assert_eq!(reply(ip, &answer[..cut], token), None);
        }
        assert_eq!(reply(ip, &[0x4f], token), None);
    }
}
