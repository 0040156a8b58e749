//! The DNS check against a real name server on this machine, with a small zone of its own.

use std::{net::SocketAddr, time::Duration};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, CNAME, MX, PTR, TXT},
    },
};
use model::{
    Status,
    monitors::{Check, RecordKind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

use super::{NOW_MS, assert_said, loopback, run};
use crate::{Checker, Policy};

/// Answers over UDP and TCP at the same port, until the test ends.
async fn name_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        loop {
            let (length, client) = socket.recv_from(&mut question).await.unwrap();
            let Some(mut answer) = answer(&question[..length]) else { continue };
            if answer.queries[0].name().to_ascii() == "slow.example." {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            if answer.answers.len() > 10 {
                answer = answer.truncate();
            }
            // Somebody else's answer comes first: it must be passed over.
            let mut forged = answer.clone();
            forged.metadata.id = !forged.metadata.id;
            for datagram in [forged, answer] {
                socket.send_to(&datagram.to_vec().unwrap(), client).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut question).await.unwrap();
            let bytes = answer(&question).unwrap().to_vec().unwrap();
            stream.write_u16(bytes.len().try_into().unwrap()).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
        }
    });
    address
}

/// What the zone says; `None` where the server stays silent.
fn answer(bytes: &[u8]) -> Option<Message> {
    let question = Message::from_vec(bytes).unwrap();
    assert!(question.metadata.recursion_desired);
    let query = question.queries[0].clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_query(query.clone());
    let name = |text: &str| Name::from_ascii(text).unwrap();
    let mut add = |data| {
        answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
    };
    match (query.name().to_ascii().to_lowercase().as_str(), query.query_type()) {
        ("shop.example.", RecordType::A) => {
            add(RData::CNAME(CNAME(name("web.example."))));
            add(RData::A(A::new(10, 0, 0, 5)));
            add(RData::A(A::new(10, 0, 0, 6)));
        }
        ("slow.example.", RecordType::A) => add(RData::A(A::new(10, 0, 0, 7))),
        ("shop.example.", RecordType::MX) => add(RData::MX(MX::new(10, name("Mail.example.")))),
        ("_dmarc.shop.example.", RecordType::TXT) => add(RData::TXT(TXT::new(vec!["v=DMARC1; p=reject".into()]))),
        ("5.0.0.10.in-addr.arpa.", RecordType::PTR) => add(RData::PTR(PTR(name("shop.example.")))),
        ("many.example.", RecordType::TXT) => (0..50).for_each(|n| add(RData::TXT(TXT::new(vec![format!("line {n}")])))),
        ("shop.example.", _) => {}
        ("broken.example.", _) => answer.metadata.response_code = ResponseCode::ServFail,
        ("secret.example.", _) => answer.metadata.response_code = ResponseCode::Refused,
        ("silent.example.", _) => return None,
        _ => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    Some(answer)
}

fn dns(server: SocketAddr, name: &str, record: RecordKind, expects: &str) -> Check {
    Check::Dns { name: name.into(), record, resolver: server.to_string(), expects: expects.into(), latency_limit_ms: None }
}

#[tokio::test]
async fn g1_a_record_that_is_there_is_up() {
    let server = name_server().await;
    let table = [
        ("shop.example", RecordKind::A, ""),
        ("shop.example", RecordKind::A, "10.0.0.6"),
        ("SHOP.example", RecordKind::A, "10.0.0.5"),
        ("shop.example", RecordKind::Mx, "mail.EXAMPLE."),
        ("_dmarc.shop.example", RecordKind::Txt, "p=reject"),
        ("10.0.0.5", RecordKind::Ptr, "shop.example"),
        ("many.example", RecordKind::Txt, "line 49"),
    ];
    for (name, record, expects) in table {
        let outcome = run(&dns(server, name, record, expects)).await;
        assert_said(&outcome, Status::Up, "");
        assert!(outcome.latency_ms.is_some());
    }
}

#[tokio::test]
async fn g1_each_bad_answer_is_down_and_says_what_the_name_server_said() {
    let server = name_server().await;
    let table = [
        ("nowhere.example", RecordKind::A, "", format!("{server} says that nowhere.example does not exist")),
        ("shop.example", RecordKind::Aaaa, "", format!("{server} has no AAAA record of shop.example")),
        ("broken.example", RecordKind::A, "", format!("{server} failed to find out about broken.example (SERVFAIL)")),
        ("secret.example", RecordKind::A, "", format!("{server} refuses to answer about secret.example")),
        (
            "shop.example",
            RecordKind::A,
            "10.0.0.7",
            format!("{server} says that shop.example A is 10.0.0.5, 10.0.0.6; expected 10.0.0.7"),
        ),
    ];
    for (name, record, expects, reason) in table {
        assert_said(&run(&dns(server, name, record, expects)).await, Status::Down, &reason);
    }
}

#[tokio::test]
async fn g1_a_name_server_that_is_silent_or_not_there_is_down() {
    let server = name_server().await;
    let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
    let outcome = checker.run(&dns(server, "silent.example", RecordKind::A, ""), Duration::from_millis(300), NOW_MS).await;
    assert_said(&outcome, Status::Down, &format!("No answer from {server} about silent.example in 300 ms"));
    let held = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let closed = held.local_addr().unwrap();
    drop(held);
    let outcome = run(&dns(closed, "shop.example", RecordKind::A, "")).await;
    assert_said(&outcome, Status::Down, &format!("{closed} answers no DNS: nothing listens at port {}", closed.port()));
}

#[tokio::test]
async fn g1_a_slow_answer_is_trouble() {
    let server = name_server().await;
    let Check::Dns { name, record, resolver, expects, .. } = dns(server, "slow.example", RecordKind::A, "") else { panic!() };
    let limited = |ms| Check::Dns {
        name: name.clone(),
        record,
        resolver: resolver.clone(),
        expects: expects.clone(),
        latency_limit_ms: Some(ms),
    };
    assert_said(&run(&limited(60_000)).await, Status::Up, "");
    let outcome = run(&limited(5)).await;
    assert_eq!(outcome.status, Status::Trouble);
    assert!(outcome.reason.ends_with(", limit 5 ms"), "{}", outcome.reason);
}

#[tokio::test]
async fn g1_a_name_server_is_a_target_and_the_policy_judges_it() {
    let server = name_server().await;
    let checker = Checker::with_roots(Policy::default(), rustls::RootCertStore::empty());
    let outcome = checker.run(&dns(server, "shop.example", RecordKind::A, ""), Duration::from_secs(20), NOW_MS).await;
    let refusal = "127.0.0.1 (loopback) is not an allowed target; see --allow-target";
    assert_said(&outcome, Status::ConfigurationError, refusal);
}
