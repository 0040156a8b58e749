//! Finds the number whose hash is the challenge, in pieces so small that the page stays quick.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gloo_timers::future::TimeoutFuture;
use model::captcha::{ALGORITHM, Challenge, Solution};
use sha2::{Digest, Sha256};

/// After this another challenge is asked for: well before the server no longer takes this one.
pub(super) const GOOD_FOR: Duration = Duration::from_secs(25 * 60);

/// Hashes between two looks at the clock.
const PIECE: u32 = 64;
/// Milliseconds between two chances for everything else.
const BUSY_MS: f64 = 8.0;

/// The solution as a form carries it; `None` where there is none, or nobody waits for it any more.
pub(super) async fn solve(challenge: &Challenge, nobody_waits: impl Fn() -> bool) -> Option<String> {
    if challenge.algorithm != ALGORITHM {
        return None;
    }
    let wanted = bytes_of(&challenge.challenge)?;
    let salted = Sha256::new_with_prefix(&challenge.salt);
    let performance = web_sys::window()?.performance()?;
    let mut since = performance.now();
    for number in 0..=challenge.maxnumber {
        if number % PIECE == 0 && performance.now() - since > BUSY_MS {
            TimeoutFuture::new(0).await;
            if nobody_waits() {
                return None;
            }
            since = performance.now();
        }
        if salted.clone().chain_update(number.to_string()).finalize()[..] == wanted {
            return written(challenge, number);
        }
    }
    None
}

fn written(challenge: &Challenge, number: u32) -> Option<String> {
    let Challenge { algorithm, challenge, salt, signature, .. } = challenge.clone();
    let solution = Solution { algorithm, challenge, number, salt, signature };
    Some(STANDARD.encode(serde_json::to_vec(&solution).ok()?))
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
