//! The DNS check: one question to a name server, over UDP and, where the answer does not fit, over TCP (RFC 1035, 7766).
//!
//! A name server that a tenant names is a target like any other, so the policy judges it. Those of the machine itself, often at
//! a loopback address, were chosen by whoever runs it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use hickory_proto::{
    op::{Edns, Message, MessageType, Query, ResponseCode},
    rr::{Name, RecordType},
};
use model::monitors::{Outcome, RecordKind, resolver_address};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};
use url::Host;

use crate::{
    connect::parse_host,
    look::{Failure, Look, Waiting, in_time},
    reason,
};

/// The largest answer that is asked for over UDP: it passes every network unfragmented (DNS flag day 2020).
const PAYLOAD: u16 = 1232;
/// Each name server is asked so many times, for a datagram may be lost.
const ROUNDS: usize = 2;
/// Name servers of this machine that are asked, as the system's own resolver does.
const SYSTEM_MOST: usize = 3;

/// What is asked and what is expected, as a monitor's settings say it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) name: &'a str,
    pub(crate) record: RecordKind,
    pub(crate) resolver: &'a str,
    pub(crate) expects: &'a str,
}

/// The DNS check.
pub(crate) async fn record(look: &mut Look, asked: Question<'_>, latency_limit_ms: Option<u32>) -> Result<Outcome, Failure> {
    let query = Query::query(name_of(asked.name)?, record_type(asked.record));
    let servers = servers(look, asked.resolver).await?;
    let turns = servers.len() * ROUNDS;
    let patience = look.timeout / u32::try_from(turns).unwrap_or(u32::MAX);
    let mut failure = None;
    for server in servers.iter().cycle().take(turns) {
        look.waiting = Waiting::Resolver { server: *server, name: asked.name.to_owned() };
        let Ok(answered) = tokio::time::timeout(patience, ask(*server, &query)).await else { continue };
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => {
                failure = Some(Failure::down(broken(*server, &error)));
                continue;
            }
        };
        match judge(*server, asked, &answer) {
            Ok(()) => return Ok(in_time(look.took_ms(), latency_limit_ms)),
            Err(Said::Final(reason)) => return Ok(Outcome { latency_ms: Some(look.took_ms()), ..Failure::down(reason).into() }),
            Err(Said::Nothing(reason)) if servers.len() == 1 => return Err(Failure::down(reason)),
            Err(Said::Nothing(reason)) => failure = Some(Failure::down(reason)),
        }
    }
    Err(failure.unwrap_or_else(|| Failure::down(look.waiting.timed_out(look.timeout))))
}

/// Why an answer is not well.
enum Said {
    /// The name server knows: another one would say the same.
    Final(String),
    /// It cannot or will not say.
    Nothing(String),
}

fn judge(server: SocketAddr, asked: Question<'_>, answer: &Message) -> Result<(), Said> {
    let (who, name, record) = (shown(server), reason::cut(asked.name, 80), asked.record.key());
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        ResponseCode::NXDomain => return Err(Said::Final(format!("{who} says that {name} does not exist"))),
        ResponseCode::ServFail => return Err(Said::Nothing(format!("{who} failed to find out about {name} (SERVFAIL)"))),
        ResponseCode::Refused => return Err(Said::Nothing(format!("{who} refuses to answer about {name}"))),
        other => return Err(Said::Nothing(format!("{who} answers about {name}: {other}"))),
    }
    let wanted = record_type(asked.record);
    let found: Vec<String> =
        answer.answers.iter().filter(|answer| answer.record_type() == wanted).map(|answer| answer.data.to_string()).collect();
    if found.is_empty() {
        return Err(Said::Final(format!("{who} has no {record} record of {name}")));
    }
    let expected = asked.expects.trim_end_matches('.').to_lowercase();
    if found.iter().any(|found| found.to_lowercase().contains(&expected)) {
        return Ok(());
    }
    let said: Vec<&str> = found.iter().map(|found| found.trim_end_matches('.')).collect();
    let (said, expected) = (reason::cut(&said.join(", "), 60), reason::cut(asked.expects, 40));
    Err(Said::Final(format!("{who} says that {name} {record} is {said}; expected {expected}")))
}

fn name_of(text: &str) -> Result<Name, Failure> {
    let not_a_name = || Failure::never(format!("{} is not a name that can be asked for", reason::cut(text, 80)));
    match text.parse::<IpAddr>() {
        Ok(ip) => Ok(Name::from(ip)),
        Err(_) => match parse_host(text)? {
            Host::Domain(domain) => {
                let mut name = Name::from_ascii(&domain).map_err(|_| not_a_name())?;
                name.set_fqdn(true);
                Ok(name)
            }
            Host::Ipv4(_) | Host::Ipv6(_) => Err(not_a_name()),
        },
    }
}

const fn record_type(record: RecordKind) -> RecordType {
    match record {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Cname => RecordType::CNAME,
        RecordKind::Mx => RecordType::MX,
        RecordKind::Ns => RecordType::NS,
        RecordKind::Txt => RecordType::TXT,
        RecordKind::Srv => RecordType::SRV,
        RecordKind::Soa => RecordType::SOA,
        RecordKind::Caa => RecordType::CAA,
        RecordKind::Ptr => RecordType::PTR,
    }
}

async fn servers(look: &Look, resolver: &str) -> Result<Vec<SocketAddr>, Failure> {
    if resolver.is_empty() {
        let settings = tokio::fs::read_to_string("/etc/resolv.conf").await.unwrap_or_default();
        return Ok(system_servers(&settings));
    }
    let Some(address) = resolver_address(resolver) else {
        return Err(Failure::never(format!("{} is not the address of a name server", reason::cut(resolver, 80))));
    };
    look.checker.0.policy.allows(address.ip()).map_err(|forbidden| Failure::never(forbidden.to_string()))?;
    Ok(vec![address])
}

/// As resolv.conf(5): without a name server the machine's own is asked.
fn system_servers(settings: &str) -> Vec<SocketAddr> {
    let named = settings.lines().filter_map(|line| line.trim().strip_prefix("nameserver")).filter_map(|rest| {
        // A zone (`fe80::1%eth0`) belongs to an interface, which an address alone cannot name.
        resolver_address(rest.split_whitespace().next()?)
    });
    let servers: Vec<SocketAddr> = named.take(SYSTEM_MOST).collect();
    if servers.is_empty() { vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 53))] } else { servers }
}

async fn ask(server: SocketAddr, query: &Query) -> io::Result<Message> {
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.add_query(query.clone());
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    question.set_edns(edns);
    let answer = ask_udp(server, &question).await?;
    if answer.metadata.truncation { ask_tcp(server, &question).await } else { Ok(answer) }
}

/// From a port of its own, connected: only that server's datagrams arrive, and those that answer something else are passed over.
async fn ask_udp(server: SocketAddr, question: &Message) -> io::Result<Message> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(&encoded(question)?).await?;
    let mut datagram = [0; 4096];
    loop {
        let length = socket.recv(&mut datagram).await?;
        if let Some(answer) = answer_to(question, &datagram[..length]) {
            return Ok(answer);
        }
    }
}

async fn ask_tcp(server: SocketAddr, question: &Message) -> io::Result<Message> {
    let question_bytes = encoded(question)?;
    let length = u16::try_from(question_bytes.len()).map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(&[&length.to_be_bytes()[..], &question_bytes].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    answer_to(question, &answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn encoded(question: &Message) -> io::Result<Vec<u8>> {
    question.to_vec().map_err(io::Error::other)
}

/// `None` where these bytes answer nothing that was asked.
fn answer_to(question: &Message, bytes: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(bytes).ok()?;
    let fits = answer.metadata.id == question.metadata.id
        && answer.metadata.message_type == MessageType::Response
        // A server that cannot read a question need not repeat it.
        && (answer.queries == question.queries || answer.metadata.response_code == ResponseCode::FormErr);
    fits.then_some(answer)
}

fn broken(server: SocketAddr, error: &io::Error) -> String {
    let who = shown(server);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("{who} answers no DNS: nothing listens at port {}", server.port()),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => format!("No route to {who}"),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => format!("{who} closed the connection before answering"),
        io::ErrorKind::InvalidData => format!("{who} sent something that is no answer"),
        _ => format!("{who} could not be asked: {error}"),
    }
}

/// A name server as people write it: without the port that they all have.
pub(crate) fn shown(server: SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_the_systems_name_servers_are_read_and_there_is_always_one() {
        let settings =
            "# made by hand\nsearch lan\nnameserver 10.0.0.53\n nameserver fe80::1%eth0\nnameserver 2001:db8::53 # second\n";
        let servers: Vec<String> = system_servers(settings).iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.53:53", "[2001:db8::53]:53"]);
        assert_eq!(system_servers(""), ["127.0.0.1:53".parse().unwrap()]);
        assert_eq!(system_servers(&"nameserver 10.0.0.1\n".repeat(9)).len(), SYSTEM_MOST);
    }

    #[test]
    fn g1_an_address_is_asked_for_by_its_name_in_the_reverse_tree() {
        assert_eq!(name_of("10.0.0.5").unwrap().to_string(), "5.0.0.10.in-addr.arpa.");
        assert_eq!(name_of("bücher.example").unwrap().to_ascii(), "xn--bcher-kva.example.");
        assert_eq!(name_of("_dmarc.shop.example").unwrap().to_string(), "_dmarc.shop.example.");
        assert!(name_of("a b").is_err());
    }

    #[test]
    fn g1_what_answers_another_question_is_no_answer() {
        let mut question = Message::query();
        question.add_query(Query::query(name_of("shop.example").unwrap(), RecordType::A));
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.add_query(Query::query(name_of("evil.example").unwrap(), RecordType::A));
        assert!(answer_to(&question, &answer.to_vec().unwrap()).is_none());
        answer.queries = question.queries.clone();
        assert!(answer_to(&question, &answer.to_vec().unwrap()).is_some());
        answer.metadata.id = !question.metadata.id;
        assert!(answer_to(&question, &answer.to_vec().unwrap()).is_none());
        assert!(answer_to(&question, &question.to_vec().unwrap()).is_none() && answer_to(&question, b"rubbish").is_none());
    }

    #[test]
    fn g1_a_name_server_is_named_without_the_usual_port() {
        assert_eq!(shown("10.0.0.53:53".parse().unwrap()), "10.0.0.53");
        assert_eq!(shown("[2001:db8::53]:5353".parse().unwrap()), "[2001:db8::53]:5353");
    }
}
