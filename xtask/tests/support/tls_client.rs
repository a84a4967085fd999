//! Connections by TLS.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::raw_http::Connection;

/// What opens connections by TLS.
#[derive(Clone)]
pub(crate) struct TlsClient(pub(crate) Arc<ClientConfig>);

impl TlsClient {
    /// A connection to `url`, and the certificate that was shown.
    pub(crate) async fn open(
        &self,
        url: &str,
    ) -> (Connection<TlsStream<TcpStream>>, CertificateDer<'static>) {
        let address = url.strip_prefix("https://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
        (Connection::over(stream), shown)
    }
}
