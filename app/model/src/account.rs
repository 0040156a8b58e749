//! One's own account (DOMAIN C6): the sessions, and whether a second factor stands before them.

use serde::{Deserialize, Serialize};

use crate::SessionId;

/// Recovery codes that are made at a time.
pub const RECOVERY_CODES: u32 = 10;

/// What a person sees of their own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// This one first, then the last used.
    pub sessions: Vec<SessionRow>,
    pub second_factor: SecondFactor,
}

/// Whether a code is asked for beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecondFactor {
    Off,
    On {
        /// Recovery codes that are not used yet.
        recovery_left: u32,
    },
}

/// One session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: SessionId,
    /// The browser and its system, in words.
    pub client: String,
    /// From where it signed in.
    pub address: String,
    /// UTC milliseconds.
    pub signed_in_at: i64,
    /// UTC milliseconds, up to five minutes late.
    pub seen_at: i64,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// A secret that waits for its first code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedSecret {
    /// In base32, as it is typed into an app.
    pub secret: String,
    /// The same for a QR code: `otpauth://totp/...`.
    pub uri: String,
}

/// What stands in a User-Agent, and what a person calls it. The order matters: most browsers also name those that they descend from.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// Browser and system in words, `Firefox on Linux`.
#[must_use]
pub fn client_in_words(user_agent: &str) -> String {
    let named = |known: &[(&str, &'static str)]| known.iter().find(|(part, _)| user_agent.contains(part)).map(|(_, name)| *name);
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Something on {system}"),
        (None, None) => "Something unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_a_browser_is_named_by_what_it_is_and_not_by_its_ancestors() {
        let apple = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let windows =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        for (user_agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
            (windows, "Chrome on Windows"),
            (&format!("{windows} Edg/131.0.0.0"), "Edge on Windows"),
            (&format!("{apple} Version/18.1 Safari/605.1.15"), "Safari on macOS"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("", "Something unknown"),
        ] {
            assert_eq!(client_in_words(user_agent), words, "{user_agent}");
        }
    }
}
