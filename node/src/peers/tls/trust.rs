//! Whom a node trusts, as rustls has to be told it.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::PeerTlsError;
use super::own_certificate::OwnCertificate;
use super::verifier::AnswererVerifier;
use crate::cluster_ca::Authority;

/// Whom connections that begin now trust.
pub(super) struct Trust {
    /// Nothing before the node knows its cluster.
    pub(super) authority: Option<Authority>,
    pub(super) server: Arc<ServerConfig>,
    pub(super) client: Arc<ClientConfig>,
}

impl Trust {
    pub(super) fn new(
        own: &Arc<OwnCertificate>,
        authority: Option<Authority>,
    ) -> Result<Self, PeerTlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = match &authority {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate().clone())?;
                Some(Arc::new(roots))
            }
            None => None,
        };
        let server = server(own, &provider, roots.clone())?;
        let client = client(own, &provider, roots)?;
        Ok(Self { authority, server: Arc::new(server), client: Arc::new(client) })
    }
}

/// How a node answers: with its own certificate, and a look at the other's if there is one. Whether
/// there must be one depends on what the other wants.
fn server(
    own: &Arc<OwnCertificate>,
    provider: &Arc<CryptoProvider>,
    roots: Option<Arc<RootCertStore>>,
) -> Result<ServerConfig, PeerTlsError> {
    let verifier = match roots {
        Some(roots) => WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider))
            .allow_unauthenticated()
            .build()?,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::clone(own) as _);
    // Each connection is greeted anew: nothing is resumed, so no certificate outlives its end.
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// How a node dials: with its own certificate once it has one.
fn client(
    own: &Arc<OwnCertificate>,
    provider: &Arc<CryptoProvider>,
    roots: Option<Arc<RootCertStore>>,
) -> Result<ClientConfig, PeerTlsError> {
    let is_member = roots.is_some();
    let verifier = Arc::new(AnswererVerifier::new(provider, roots));
    let config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        // Names are checked by `PeerTls::check`, against what the greeting says.
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = if is_member {
        config.with_client_cert_resolver(Arc::clone(own) as _)
    } else {
        config.with_no_client_auth()
    };
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(config)
}
