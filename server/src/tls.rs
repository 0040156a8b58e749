//! HTTPS with a certificate of one's own: HTTP/2 where the browser speaks it, so that every tab has as many streams as it likes.

use std::{io, net::SocketAddr, path::PathBuf};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{commands::Failed, serve::CLOSING};

/// A certificate chain and its key, and where they were read.
pub(crate) struct Certificate {
    config: RustlsConfig,
    cert: PathBuf,
    key: PathBuf,
}

impl Certificate {
    pub(crate) async fn read(cert: &PathBuf, key: &PathBuf) -> Result<Self, Failed> {
        let config = RustlsConfig::from_pem_file(cert, key).await.map_err(|error| {
            Failed::Said(format!("the certificate {} with the key {}: {error}", cert.display(), key.display()))
        })?;
        Ok(Self { config, cert: cert.clone(), key: key.clone() })
    }

    pub(crate) async fn serve(
        self,
        listener: TcpListener,
        service: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
        ending: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let handle = Handle::new();
        let server = axum_server::from_tcp_rustls(listener.into_std()?, self.config.clone())?.handle(handle.clone());
        let renewing = tokio::spawn(self.renew());
        tokio::spawn(async move {
            ending.await;
            handle.graceful_shutdown(Some(CLOSING));
        });
        let served = server.serve(service).await;
        renewing.abort();
        served
    }

    /// SIGHUP reads the files anew, as whatever renews them sends it. What cannot be read leaves the old ones in use.
    async fn renew(self) {
        let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
        while hangups.recv().await.is_some() {
            match self.config.reload_from_pem_file(&self.cert, &self.key).await {
                Ok(()) => tracing::info!("the certificate was read anew"),
                Err(error) => tracing::error!(%error, "the certificate could not be read anew: the old one stays"),
            }
        }
    }
}
