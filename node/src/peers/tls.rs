//! TLS between nodes: what a node shows of itself, and whom it takes for a member.
//!
//! A node that is a member shows a certificate that it has issued itself, by the authority that
//! lies sealed in the cluster's state; its key is drawn anew each time and is only in memory. Until
//! a node knows the cluster it shows one that nobody knows: who wants to join, and whom it asks,
//! trust each other by the cluster's secret, whose tags cover what both ends of a connection, and
//! nobody between them, have exported from its keys.

mod own_certificate;
mod stream;
mod trust;
mod verifier;

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use ringway_ring::NodeId;
use rustls::ConnectionCommon;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
#[cfg(test)]
use rustls::{ClientConfig, ServerConfig};
use thiserror::Error;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use self::own_certificate::OwnCertificate;
pub(super) use self::stream::{ReadEnd, TlsStream, WriteEnd};
use self::trust::Trust;
use super::greeter::GreetError;
use super::proof::{BINDING_BYTES, Binding};
use super::{PeerRefusal, TlsMetrics};
use crate::cluster_ca::{Authority, CaError, Issued};

/// What connections of other protocols export differs from this.
const EXPORTED: &[u8] = b"EXPORTER-ringway-peer";
/// What one call of the system reads: many records.
const READ_BYTES: usize = 64 << 10;
/// How often the time of day is looked at: a machine may have slept.
const LOOK: Duration = Duration::from_mins(1);

/// A node's part in TLS.
pub struct PeerTls {
    id: NodeId,
    /// How long its certificates are good.
    lifetime: Duration,
    own: Arc<OwnCertificate>,
    trust: RwLock<Arc<Trust>>,
    metrics: TlsMetrics,
}

/// A connection that speaks TLS.
pub(super) struct Secured {
    pub(super) stream: TlsStream,
    /// What both ends have in common, and nobody else.
    pub(super) binding: Binding,
    /// What the other end has shown, where the cluster's authority has signed it.
    pub(super) certificate: Option<CertificateDer<'static>>,
}

impl PeerTls {
    /// Of the node `id`, which knows no cluster yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(id: NodeId, lifetime: Duration, metrics: TlsMetrics) -> Result<Self, PeerTlsError> {
        let own = Arc::new(OwnCertificate::new(Issued::by_itself(&id)?));
        let trust = RwLock::new(Arc::new(Trust::new(&own, None)?));
        Ok(Self { id, lifetime, own, trust, metrics })
    }

    /// Takes for members whom `authority` says are, and shows that this node is one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn trust(&self, authority: Authority) -> Result<(), PeerTlsError> {
        self.show(authority.issue(&self.id, SystemTime::now(), self.lifetime)?);
        *self.trust.write() = Arc::new(Trust::new(&self.own, Some(authority))?);
        Ok(())
    }

    /// Whether this node knows the cluster's authority.
    #[must_use]
    pub fn knows_authority(&self) -> bool {
        self.trust.read().authority.is_some()
    }

    /// Issues the next certificate whenever half of the present one's time is over. Connections
    /// that there are go on; the next ones begin with it.
    pub async fn renew(self: Arc<Self>) -> std::convert::Infallible {
        loop {
            let left = self.own.ends().duration_since(SystemTime::now()).unwrap_or_default();
            match left.checked_sub(self.lifetime / 2) {
                Some(early) if !early.is_zero() => sleep(early.min(LOOK)).await,
                _ => self.renew_now().await,
            }
        }
    }

    pub(super) async fn renew_now(&self) {
        let trust = Arc::clone(&self.trust.read());
        let Some(authority) = &trust.authority else { return sleep(LOOK).await };
        match authority.issue(&self.id, SystemTime::now(), self.lifetime) {
            Ok(issued) => {
                self.show(issued);
                self.metrics.renewals.increment(1);
            }
            Err(error) => {
                tracing::error!(%error, "this node's certificate was not renewed");
                sleep(self.lifetime.min(LOOK) / 10).await;
            }
        }
    }

    pub(super) fn show(&self, issued: Issued) {
        let ends = issued.ends.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.metrics.certificate_ends.set(Duration::from_secs(ends.as_secs()).as_secs_f64());
        self.own.set(issued);
    }

    /// How it begins TLS, from either end.
    #[cfg(test)]
    pub(super) fn configurations(&self) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        let trust = self.trust.read();
        (Arc::clone(&trust.client), Arc::clone(&trust.server))
    }

    /// Begins TLS as the one that dialled.
    pub(super) async fn connect(&self, stream: TcpStream) -> Result<Secured, GreetError> {
        let trust = Arc::clone(&self.trust.read());
        let connector = TlsConnector::from(Arc::clone(&trust.client));
        let stream = BufReader::with_capacity(READ_BYTES, stream);
        let stream = connector.connect(unnamed(), stream).await?;
        let (binding, certificate) = shown(stream.get_ref().1, &trust)?;
        Ok(Secured { stream: stream.into(), binding, certificate })
    }

    /// Begins TLS as the one that was dialled.
    pub(super) async fn accept(&self, stream: TcpStream) -> Result<Secured, GreetError> {
        let trust = Arc::clone(&self.trust.read());
        let acceptor = TlsAcceptor::from(Arc::clone(&trust.server));
        let stream = BufReader::with_capacity(READ_BYTES, stream);
        let stream = acceptor.accept(stream).await?;
        let (binding, certificate) = shown(stream.get_ref().1, &trust)?;
        Ok(Secured { stream: stream.into(), binding, certificate })
    }

    /// Whether `certificate` says that who shows it is `node`.
    pub(super) fn check(
        &self,
        certificate: Option<&CertificateDer<'static>>,
        node: &NodeId,
    ) -> Result<(), PeerRefusal> {
        let trust = Arc::clone(&self.trust.read());
        let (Some(certificate), Some(authority)) = (certificate, &trust.authority) else {
            return Err(PeerRefusal::NoCertificate { id: node.clone() });
        };
        let parsed = ParsedCertificate::try_from(certificate);
        let named = parsed
            .and_then(|parsed| rustls::client::verify_server_name(&parsed, &authority.name(node)));
        named.map_err(|_| PeerRefusal::OthersCertificate { id: node.clone() })
    }
}

/// What both ends of `session` have in common, and what the other has shown, where this node knows
/// the authority that must have signed it.
fn shown<D>(
    session: &ConnectionCommon<D>,
    trust: &Trust,
) -> Result<(Binding, Option<CertificateDer<'static>>), GreetError> {
    let exported = session.export_keying_material([0; BINDING_BYTES], EXPORTED, None);
    let verified = session.peer_certificates().filter(|_| trust.authority.is_some());
    let certificate = verified.and_then(<[_]>::first).map(|it| it.clone().into_owned());
    Ok((exported.map_err(io::Error::other)?, certificate))
}

/// Whom a connection is to, as far as TLS has to know.
fn unnamed() -> ServerName<'static> {
    ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into())
}

/// Why a node can't speak TLS.
#[derive(Debug, Error)]
pub enum PeerTlsError {
    /// It has no certificate.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The authority is none.
    #[error("TLS between nodes can't be set up: {0}")]
    Rustls(#[from] rustls::Error),
    /// The authority is none.
    #[error("TLS between nodes can't be set up: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}
