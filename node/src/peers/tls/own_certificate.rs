//! The certificate that a node shows.

use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::RwLock;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::cluster_ca::Issued;

/// The certificate that a node shows, at both ends of connections; the next one takes its place
/// while they go on.
pub(super) struct OwnCertificate(RwLock<Issued>);

impl OwnCertificate {
    pub(super) fn new(issued: Issued) -> Self {
        Self(RwLock::new(issued))
    }

    pub(super) fn set(&self, issued: Issued) {
        *self.0.write() = issued;
    }

    pub(super) fn ends(&self) -> SystemTime {
        self.0.read().ends
    }

    fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().certified)
    }
}

impl ResolvesServerCert for OwnCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certified())
    }
}

impl ResolvesClientCert for OwnCertificate {
    fn resolve(&self, _hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.certified())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Nothing of its key.
impl std::fmt::Debug for OwnCertificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("OwnCertificate(..)")
    }
}
