//! Time-based one-time passwords (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, as every authenticator app takes them.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// A step's length (RFC 6238, 5.2).
const STEP_MS: i64 = 30_000;
/// Steps before and after this one whose codes are taken too, for clocks that are not quite right.
const SKEW: i64 = 1;
const DIGITS: u32 = 6;
/// As long as what the hash gives (RFC 4226, 4, R6).
const SECRET_BYTES: usize = 20;

/// A new secret in base32.
pub(crate) fn new_secret() -> String {
    BASE32_NOPAD.encode(&rand::random::<[u8; SECRET_BYTES]>())
}

/// The step whose code `typed` is, among those of `now` that come after `used`; `None` where it is none of them.
pub(crate) fn matching_step(secret: &str, typed: &str, now_ms: i64, used: i64) -> Option<i64> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    if typed.len() != DIGITS as usize || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = typed.parse().ok()?;
    let here = now_ms.div_euclid(STEP_MS);
    (here - SKEW..=here + SKEW).filter(|step| *step > used).find(|step| code(&secret, *step) == Some(typed))
}

/// The code of a step (RFC 4226, 5.3).
fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last()? & 0xf);
    let four = hash.get(offset..offset + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(DIGITS))
}

/// What a QR code holds, so that an app knows whose secret it is (the Key URI format of Google Authenticator).
pub(crate) fn uri(email: &str, secret: &str) -> String {
    use std::fmt::Write;
    let mut account = String::new();
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            account.push(byte.into());
        } else {
            let _ = write!(account, "%{byte:02X}");
        }
    }
    format!("otpauth://totp/Nocturne:{account}?secret={secret}&issuer=Nocturne")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, and RFC 4226, appendix D; of the former's eight digits the last six.
    #[test]
    fn c6_codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000_i64, 353_130),
        ] {
            assert_eq!(code(secret, seconds / 30), Some(expected), "{seconds}");
        }
        for (counter, expected) in
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489].into_iter().enumerate()
        {
            assert_eq!(code(secret, counter as i64), Some(expected), "{counter}");
        }
    }

    #[test]
    fn c6_a_code_is_taken_a_step_early_or_late_and_never_once_it_was_used() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        let at = |seconds: i64, typed: &str, used: i64| matching_step(&secret, typed, seconds * 1000, used);
        let step = 1_111_111_109 / 30;
        for seconds in [1_111_111_080 - 30, 1_111_111_080, 1_111_111_109, 1_111_111_109 + 30] {
            assert_eq!(at(seconds, "081804", 0), Some(step), "{seconds}");
        }
        assert_eq!(at(1_111_111_080 - 31, "081804", 0), None);
        assert_eq!(at(1_111_111_110 + 30, "081804", 0), None);
        assert_eq!(at(1_111_111_109, "081804", step), None);
        for typed in ["", "81804", "+81804", " 81804", "0081804", "٠٨١٨٠٤"] {
            assert_eq!(at(1_111_111_109, typed, 0), None, "{typed}");
        }
        let new = new_secret();
        assert!(new.len() == 32 && BASE32_NOPAD.decode(new.as_bytes()).is_ok());
    }

    #[test]
    fn c6_an_app_is_told_whose_secret_it_is() {
        assert_eq!(
            uri("zoë+ops&x@msp.example", "ABC"),
            "otpauth://totp/Nocturne:zo%C3%AB%2Bops%26x@msp.example?secret=ABC&issuer=Nocturne"
        );
    }
}
