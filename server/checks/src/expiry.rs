//! The TLS check: when a certificate ends. It is about that alone: issuer and name are not judged, and the certificate may be
//! anybody's (the check of an HTTPS page judges them).

use model::{Status, monitors::Outcome};

use crate::{
    connect,
    look::{Failure, Look},
    reason, tls,
};

/// When a certificate is valid, UTC seconds.
struct Validity {
    from: i64,
    to: i64,
}

pub(crate) async fn certificate(look: &mut Look, host: &str, port: u16, warn_days: u32) -> Result<Outcome, Failure> {
    let host = connect::parse_host(host)?;
    let (stream, address) = connect::open(look, &host, port).await?;
    let connector = look.checker.0.tls.for_expiry();
    let stream = tls::shake(look, &connector, &host, (stream, address)).await?;
    let latency_ms = Some(look.took_ms());
    let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let leaf = leaf.ok_or_else(|| Failure::down(format!("{address} showed no certificate")))?;
    let validity = read(leaf).ok_or_else(|| Failure::down(format!("The certificate of {address} cannot be read")))?;
    let (status, reason) = judge(&validity, look.now_ms, warn_days);
    Ok(Outcome { status, reason, latency_ms })
}

fn read(leaf: &[u8]) -> Option<Validity> {
    let (_, certificate) = x509_parser::parse_x509_certificate(leaf).ok()?;
    let validity = certificate.validity();
    Some(Validity { from: validity.not_before.timestamp(), to: validity.not_after.timestamp() })
}

/// The last second still counts (RFC 5280, 4.1.2.5). `warn_days` is compared with the number of days that the reason says.
fn judge(validity: &Validity, now_ms: i64, warn_days: u32) -> (Status, String) {
    let now = now_ms.div_euclid(1000);
    let left = validity.to.saturating_sub(now);
    if left < 0 {
        (Status::Down, reason::expired(left.saturating_neg()))
    } else if now < validity.from {
        (Status::Down, reason::not_yet_valid(validity.from.saturating_sub(now)))
    } else if reason::whole_days(left) <= i64::from(warn_days) {
        (Status::Trouble, reason::expires(left))
    } else {
        (Status::Up, String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn judged(now: i64) -> (Status, String) {
        judge(&Validity { from: 10 * DAY, to: 100 * DAY }, now * 1000 + 999, 5)
    }

    #[test]
    fn g1_a_certificate_is_up_then_trouble_then_down() {
        let down = |reason: &str| (Status::Down, reason.to_owned());
        let trouble = |reason: &str| (Status::Trouble, reason.to_owned());
        assert_eq!(judged(10 * DAY - 1), down("Certificate is not valid yet, only later today"));
        assert_eq!(judged(10 * DAY), (Status::Up, String::new()));
        assert_eq!(judged(94 * DAY), (Status::Up, String::new()));
        assert_eq!(judged(94 * DAY + 1), trouble("Certificate expires in 5 days"));
        assert_eq!(judged(95 * DAY), trouble("Certificate expires in 5 days"));
        assert_eq!(judged(99 * DAY), trouble("Certificate expires in 1 day"));
        assert_eq!(judged(100 * DAY), trouble("Certificate expires today"));
        assert_eq!(judged(100 * DAY + 1), down("Certificate expired today"));
        assert_eq!(judged(103 * DAY), down("Certificate expired 3 days ago"));
        assert_eq!(judged(i64::MAX / 1000 - 1).0, Status::Down);
    }
}
