//! Text messages (DOMAIN A5), through an HTTP gateway that the installation names. The request: `POST` to its address with the JSON
//! `{"to": "+442079460123", "text": "..."}`, `to` as E.164, and `Authorization: Bearer ...` where there is a token. Any 2xx within
//! ten seconds means that the gateway has taken the message.

use std::{fmt, time::Duration};

use http_body_util::Full;
use hyper::{
    Request, Uri,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use store::verification::Text;

/// How long the gateway may take.
const TAKES_MOST: Duration = Duration::from_secs(10);

/// The gateway; cheap to clone.
#[derive(Clone)]
pub struct Sms {
    url: Uri,
    authorization: Option<HeaderValue>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token, and what the address may carry, are secrets.
        f.debug_struct("Sms").field("host", &self.url.host()).finish_non_exhaustive()
    }
}

/// Why a message was not sent: one line for the log.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the gateway answered {0}")]
    Refused(hyper::StatusCode),
    #[error("the gateway did not answer within {} s", TAKES_MOST.as_secs())]
    TooSlow,
    #[error("the request cannot be made: {0}")]
    Malformed(#[from] hyper::http::Error),
}

impl Sms {
    /// # Errors
    /// One line for the person who started the program.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|error| format!("the address of the SMS gateway is not understood: {error}"))?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() {
            return Err("the address of the SMS gateway begins with http:// or https://".to_owned());
        }
        let authorization = token
            .map(|token| HeaderValue::from_str(&format!("Bearer {token}")))
            .transpose()
            .map_err(|_| "the token of the SMS gateway holds characters that a header cannot".to_owned())?;
        // A container may have no roots of its own.
        let builder =
            HttpsConnectorBuilder::new().with_native_roots().unwrap_or_else(|_| HttpsConnectorBuilder::new().with_webpki_roots());
        let connector = builder.https_or_http().enable_http1().build();
        Ok(Self { url, authorization, client: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// Hands a message to the gateway.
    ///
    /// # Errors
    /// Why it was not taken; it may be sent again.
    pub async fn send(&self, text: &Text) -> Result<(), NotSent> {
        let body = serde_json::json!({ "to": text.to, "text": text.text }).to_string();
        let mut request = Request::post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Nocturne")
            .body(Full::new(Bytes::from(body)))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let answer = tokio::time::timeout(TAKES_MOST, self.client.request(request)).await.map_err(|_| NotSent::TooSlow)??;
        if answer.status().is_success() { Ok(()) } else { Err(NotSent::Refused(answer.status())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_a_gateway_has_a_web_address_and_its_token_is_never_printed() {
        let _ = rustls_provider();
        assert!(Sms::new("ftp://sms.example/", None).is_err());
        assert!(Sms::new("sms.example", None).is_err());
        assert!(Sms::new("https://sms.example/send", Some("line\nbreak")).is_err());
        let sms = Sms::new("https://sms.example/send?key=hidden", Some("secret")).unwrap();
        let printed = format!("{sms:?}");
        assert!(printed.contains("sms.example") && !printed.contains("secret") && !printed.contains("hidden"), "{printed}");
    }

    fn rustls_provider() -> Result<(), ()> {
        rustls::crypto::ring::default_provider().install_default().map_err(|_| ())
    }
}
