//! TLS as a check needs it: the handshake, its two settings (a page's certificate is verified, an expiry's is only read), and
//! why it failed.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
    time_provider::TimeProvider,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use url::Host;

use crate::{
    connect,
    look::{Failure, Look, Waiting},
    reason,
};

#[derive(Debug)]
pub(crate) struct Tls {
    page: ClientConfig,
    expiry: Arc<ClientConfig>,
}

impl Tls {
    pub(crate) fn new(roots: RootCertStore) -> Self {
        let provider = Arc::new(ring::default_provider());
        let mut page = builder(&provider).with_root_certificates(roots).with_no_client_auth();
        page.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut expiry = builder(&provider)
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAny(Arc::clone(&provider))))
            .with_no_client_auth();
        // A resumed session shows the certificate of the first, and verifies nothing.
        page.resumption = Resumption::disabled();
        expiry.resumption = Resumption::disabled();
        Self { page, expiry: Arc::new(expiry) }
    }

    /// For web pages: the certificate must be right at `now_ms`.
    pub(crate) fn for_page(&self, now_ms: i64) -> TlsConnector {
        let mut config = self.page.clone();
        config.time_provider = Arc::new(At(now_ms));
        Arc::new(config).into()
    }

    /// For expiry alone: any certificate is accepted.
    pub(crate) fn for_expiry(&self) -> TlsConnector {
        Arc::clone(&self.expiry).into()
    }
}

#[expect(clippy::expect_used, reason = "a constant choice, made once when the process starts and by every test")]
fn builder(provider: &Arc<CryptoProvider>) -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .expect("ring has TLS 1.2 and 1.3")
}

/// The system's authorities, so that a company's own count, and Mozilla's, so that a bare container works.
pub(crate) fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "could not read a certificate authority of the system");
    }
    roots.add_parsable_certificates(system.certs);
    roots
}

/// The clock that certificates of one check are compared with.
#[derive(Debug)]
struct At(i64);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(self.0).unwrap_or(0))))
    }
}

/// Accepts every certificate and every signature made with it: the expiry check reads a date and sends nothing, and a
/// certificate of an unknown issuer, for another name or long expired is exactly what it has to read.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

pub(crate) async fn shake(
    look: &mut Look,
    connector: &TlsConnector,
    host: &Host,
    (stream, address): (TcpStream, SocketAddr),
) -> Result<TlsStream<TcpStream>, Failure> {
    look.waiting = Waiting::Handshake(address);
    let shaken = connector.connect(server_name(host)?, stream).await;
    shaken.map_err(|error| match fault(&error) {
        Some(fault) => Failure::down(fault_reason(address, fault, look.now_ms)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Failure::down(format!("{address} closed the connection during the TLS handshake"))
        }
        None => Failure::down(connect::io_reason(address, &error)),
    })
}

fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Ipv4(v4) => Ok(ServerName::IpAddress((*v4).into())),
        Host::Ipv6(v6) => Ok(ServerName::IpAddress((*v6).into())),
        Host::Domain(name) => ServerName::try_from(name.clone())
            .map_err(|_| Failure::never(format!("No certificate can be for the name {}", reason::cut(name, 80)))),
    }
}

/// What TLS has to say about a broken connection.
pub(crate) fn fault(error: &io::Error) -> Option<&Error> {
    let inner: &(dyn std::error::Error + 'static) = error.get_ref()?;
    inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
}

pub(crate) fn fault_reason(address: SocketAddr, fault: &Error, now_ms: i64) -> String {
    match fault {
        Error::InvalidCertificate(error) => certificate_reason(error, now_ms),
        Error::NoCertificatesPresented => format!("{address} showed no certificate"),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } | Error::PeerSentOversizedRecord => {
            format!("{address} does not speak TLS")
        }
        Error::PeerIncompatible(_) => {
            format!("{address} offers no TLS version or cipher that is safe (TLS 1.2 or newer)")
        }
        Error::AlertReceived(alert) => alert_reason(address, *alert),
        other => format!("TLS with {address} failed: {other}"),
    }
}

fn alert_reason(address: SocketAddr, alert: AlertDescription) -> String {
    match alert {
        AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
            format!("{address} offers no TLS version or cipher that is safe (TLS 1.2 or newer)")
        }
        AlertDescription::UnrecognisedName => format!("{address} has no certificate for this name"),
        AlertDescription::CertificateRequired => format!("{address} asks for a client's certificate"),
        AlertDescription::NoApplicationProtocol => format!("{address} does not offer HTTP/1.1"),
        other => format!("{address} refused the TLS handshake ({other:?})"),
    }
}

fn certificate_reason(error: &CertificateError, now_ms: i64) -> String {
    let now_s = now_ms.div_euclid(1000);
    let seconds = |time: &UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match error {
        CertificateError::ExpiredContext { not_after, .. } => reason::expired(now_s.saturating_sub(seconds(not_after))),
        CertificateError::NotValidYetContext { not_before, .. } => {
            reason::not_yet_valid(seconds(not_before).saturating_sub(now_s))
        }
        CertificateError::Expired => "Certificate has expired".into(),
        CertificateError::NotValidYet => "Certificate is not valid yet".into(),
        CertificateError::Revoked => "Certificate was revoked".into(),
        CertificateError::UnknownIssuer => "Certificate was issued by an authority that is not trusted".into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let expected = reason::cut(&expected.to_str(), 80);
            match presented.iter().find_map(|name| dns_name(name)) {
                Some(other) => format!("Certificate is for {}, not for {expected}", reason::cut(other, 80)),
                None => format!("Certificate is not for {expected}"),
            }
        }
        CertificateError::NotValidForName => "Certificate is for another name".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "Certificate is not one for servers".into()
        }
        CertificateError::BadSignature => "Certificate was not signed by the authority that it names".into(),
        CertificateError::BadEncoding => "Certificate cannot be read".into(),
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "Certificate is that of an authority, perhaps self-signed, not that of a server".into()
        }
        other => format!("Certificate is not accepted: {other}"),
    }
}

/// rustls hands on the names of a certificate as `DnsName("shop.example")`.
fn dns_name(presented: &str) -> Option<&str> {
    presented.strip_prefix("DnsName(\"")?.strip_suffix("\")")
}
