//! What signs the certificates of a cluster's nodes.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, string::Ia5String,
};
use ringway_ring::NodeId;
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, DnsName, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;

use super::CaError;
use crate::cluster_id::ClusterId;

/// How far the nodes' clocks may be apart.
const SKEW: Duration = Duration::from_mins(5);
/// How much of a name stands between two dots: an even part of what is allowed, so that each byte
/// is whole.
const LABEL_BYTES: usize = 31;

/// The cluster's certificate authority with its key. In memory only.
pub struct Authority {
    cluster: ClusterId,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate, with the key that it is for.
#[derive(Clone)]
pub struct Issued {
    pub(crate) certified: Arc<CertifiedKey>,
    /// When it ends.
    pub(crate) ends: SystemTime,
}

impl Authority {
    pub(super) fn new(
        cluster: ClusterId,
        certificate: CertificateDer<'static>,
        parameters: CertificateParams,
        key: KeyPair,
    ) -> Self {
        Self { cluster, certificate, issuer: Issuer::new(parameters, key) }
    }

    /// The authority's own certificate.
    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A certificate that says who `node` is, from `now` on for `lifetime`, for a new key that is
    /// nowhere else.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn issue(
        &self,
        node: &NodeId,
        now: SystemTime,
        lifetime: Duration,
    ) -> Result<Issued, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let ends = now + lifetime;
        let mut parameters = parameters(node);
        let name = Ia5String::try_from(dns_name(self.cluster, node))?;
        parameters.subject_alt_names = vec![SanType::DnsName(name)];
        parameters.not_before = (now - SKEW).into();
        parameters.not_after = ends.into();
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        Ok(Issued { certified: certified(certificate.der(), &key)?, ends })
    }

    /// What the certificate of `node` must be for.
    pub(crate) fn name(&self, node: &NodeId) -> ServerName<'static> {
        let name = DnsName::try_from(dns_name(self.cluster, node));
        name.unwrap_or_else(|error| unreachable!("digits and dots are a name: {error}")).into()
    }
}

impl Issued {
    /// A certificate by which nobody knows anybody, of a node that knows no cluster yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn by_itself(node: &NodeId) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = parameters(node).self_signed(&key)?;
        Ok(Self { certified: certified(certificate.der(), &key)?, ends: UNIX_EPOCH })
    }
}

fn certified(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
) -> Result<Arc<CertifiedKey>, CaError> {
    let key = PrivateKeyDer::Pkcs8(key.serialized_der().to_vec().into());
    Ok(Arc::new(CertifiedKey::new(vec![certificate.clone()], any_ecdsa_type(&key)?)))
}

fn parameters(node: &NodeId) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    // For people. What is checked is the name below.
    parameters.distinguished_name.push(DnType::CommonName, node.as_str());
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    parameters
}

/// `node` of `cluster` as a DNS name, which is what libraries compare. In hexadecimal: a node's id
/// may have dots, and capitals that names in DNS don't tell from small letters.
fn dns_name(cluster: ClusterId, node: &NodeId) -> String {
    let mut name = String::new();
    for label in node.as_str().as_bytes().chunks(LABEL_BYTES) {
        for byte in label {
            write!(name, "{byte:02x}").unwrap_or_else(|error| unreachable!("{error}"));
        }
        name.push('.');
    }
    name + &format!("{cluster}.ringway")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_nodes_have_one_name() {
        let cluster = ClusterId::new([7; 16]);
        let name = |id: &str| dns_name(cluster, &id.parse().unwrap());
        assert_eq!(name("n1"), format!("6e31.{cluster}.ringway"));
        assert_ne!(name("n1"), name("N1"));
        assert_ne!(name("a.b"), name("a-b"));
        for id in ["..", "_", &"x".repeat(63)] {
            assert!(DnsName::try_from(name(id)).is_ok(), "{}", name(id));
        }
    }
}
