//! Peers that play a script on every connection, and the certificates of those that speak TLS.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;

use super::NOW_MS;

#[derive(Clone)]
pub(super) enum Step {
    /// Up to the empty line; what was read goes to [`Peer::requests`].
    ReadRequest,
    Send(Vec<u8>),
    /// Slower than any limit of the tests.
    Dawdle,
    /// Until the check goes away.
    Hold,
}

pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) requests: mpsc::UnboundedReceiver<String>,
}

pub(super) fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

/// Reads a request, sends this, closes.
pub(super) async fn answers(text: impl AsRef<[u8]>) -> Peer {
    peer(vec![Step::ReadRequest, send(text)]).await
}

pub(super) async fn peer(steps: Vec<Step>) -> Peer {
    start(None, steps).await
}

pub(super) async fn tls_peer(config: ServerConfig, steps: Vec<Step>) -> Peer {
    start(Some(TlsAcceptor::from(Arc::new(config))), steps).await
}

async fn start(tls: Option<TlsAcceptor>, steps: Vec<Step>) -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            match &tls {
                None => play(stream, &steps, &heard).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        play(stream, &steps, &heard).await;
                    }
                }
            }
        }
    });
    Peer { address, requests }
}

async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, steps: &[Step], heard: &mpsc::UnboundedSender<String>) {
    for step in steps {
        match step {
            Step::ReadRequest => {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    request.push(byte);
                }
                let _ = heard.send(String::from_utf8(request).unwrap());
            }
            Step::Send(bytes) => {
                if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
            Step::Dawdle => tokio::time::sleep(Duration::from_millis(60)).await,
            Step::Hold => {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    }
    let _ = stream.shutdown().await;
}

/// An authority of the test's own.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    /// A server whose certificate is for `name` and valid in these days, counted from now.
    pub(super) fn server(&self, name: &str, days: std::ops::Range<i64>) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = leaf(name, days).signed_by(&key, &self.0).unwrap();
        server(certificate.der().clone(), &key)
    }
}

/// A server with a certificate that nobody but itself signed, of an authority, as `openssl req -x509` makes it.
pub(super) fn self_signed(name: &str) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let mut params = leaf(name, -1..100);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    server(certificate.der().clone(), &key)
}

fn leaf(name: &str, days: std::ops::Range<i64>) -> CertificateParams {
    let day = |day: i64| OffsetDateTime::from_unix_timestamp(NOW_MS / 1000 + day * 86_400).unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = day(days.start);
    params.not_after = day(days.end);
    params
}

fn server(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap()
}
