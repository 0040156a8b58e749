//! The captcha (DOMAIN A4): ALTCHA's proof of work. The browser looks for the number whose hash is the challenge; nobody has to
//! see, hear or type anything. Names on the wire are ALTCHA's own, so that its other implementations can be used as well.

use serde::{Deserialize, Serialize};

/// The control's name in a form.
pub const FIELD: &str = "captcha";

/// The one algorithm: SHA-256 of the salt and the number in decimal digits, in hexadecimal.
pub const ALGORITHM: &str = "SHA-256";

/// What is to be solved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    pub algorithm: String,
    pub challenge: String,
    /// The number is at most this.
    pub maxnumber: u32,
    /// With what it is bound to: `?expires=` in seconds, `&for=` a session.
    pub salt: String,
    pub signature: String,
}

/// The solution; a form carries it as base64 of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    pub algorithm: String,
    pub challenge: String,
    pub number: u32,
    pub salt: String,
    pub signature: String,
}
