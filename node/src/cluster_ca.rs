//! The cluster's own certificate authority, by which its nodes know each other.

mod authority;

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use ringway_auth::{SealError, Sealed, SealedFor, SealingKey};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

pub use self::authority::{Authority, Issued};
use crate::cluster_id::ClusterId;
use crate::peers::Secret;

/// The cluster's own certificate authority, as the nodes agree on it: who has this and not the
/// secret can verify certificates, and make none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterCa {
    /// In DER. Public: every node shows it, or what it has signed.
    certificate: Vec<u8>,
    /// PKCS #8, under the secret.
    key: Sealed,
}

impl ClusterCa {
    /// A new one, for the cluster with this id.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw(secret: &Secret, cluster: ClusterId) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = parameters(cluster).self_signed(&key)?.der().to_vec();
        let pkcs8 = Zeroizing::new(key.serialize_der());
        let key = Sealed::seal(&seal(secret, cluster), &certificate, &pkcs8)?;
        Ok(Self { certificate, key })
    }

    /// What can sign by it.
    ///
    /// # Errors
    /// When the secret is not the one that it was drawn with.
    pub fn open(&self, secret: &Secret, cluster: ClusterId) -> Result<Authority, CaError> {
        let pkcs8 = self.key.open(&seal(secret, cluster), &self.certificate)?;
        let key = PrivatePkcs8KeyDer::from(&**pkcs8);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)?;
        let certificate = CertificateDer::from(self.certificate.clone());
        Ok(Authority::new(cluster, certificate, parameters(cluster), key))
    }
}

fn seal(secret: &Secret, cluster: ClusterId) -> SealingKey {
    secret.sealing_key(cluster, SealedFor::CertificateAuthority)
}

/// What its certificate says. It is good for as long as the cluster lives, and of no clock: whoever
/// has the secret could make another one anyway.
fn parameters(cluster: ClusterId) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, format!("ringway cluster {cluster}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    parameters.not_before = date_time_ymd(2000, 1, 1);
    parameters.not_after = date_time_ymd(9999, 12, 31);
    parameters
}

/// Neither key nor what hides it.
impl fmt::Debug for ClusterCa {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClusterCa(..)")
    }
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum CaError {
    /// Its key can't be had.
    #[error("the key of the cluster's certificates: {0}")]
    Seal(#[from] SealError),
    /// None can be made.
    #[error("no certificate could be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The key can't sign.
    #[error("no certificate could be made: {0}")]
    Key(#[from] rustls::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::secret_of;

    const CLUSTER: ClusterId = ClusterId::new([7; 16]);

    #[test]
    fn an_authority_is_opened_by_the_secret_and_by_nothing_else() {
        let (secret, other) = (secret_of("the cluster's secret"), secret_of("some other secret"));
        let ca = ClusterCa::draw(&secret, CLUSTER).unwrap();
        assert!(ca.open(&secret, CLUSTER).is_ok());
        for (secret, cluster) in [(&other, CLUSTER), (&secret, ClusterId::new([8; 16]))] {
            let refused = ca.open(secret, cluster).map(drop).unwrap_err();
            assert!(matches!(refused, CaError::Seal(SealError::Secret)), "{refused}");
        }
        // Another certificate beside the same key is nobody's.
        let mut mixed = ca.clone();
        mixed.certificate = ClusterCa::draw(&secret, CLUSTER).unwrap().certificate;
        assert!(mixed.open(&secret, CLUSTER).is_err());
    }

    #[test]
    fn nothing_of_its_key_is_shown_or_lies_open() {
        let secret = secret_of("the cluster's secret");
        let ca = ClusterCa::draw(&secret, CLUSTER).unwrap();
        let pkcs8 = ca.key.open(&seal(&secret, CLUSTER), &ca.certificate).unwrap();
        let stored = postcard::to_allocvec(&ca).unwrap();
        for part in pkcs8.windows(16).step_by(8) {
            // The public half, at its end, is in the certificate too.
            let is_public = ca.certificate.windows(16).any(|window| window == part);
            assert!(is_public || !stored.windows(16).any(|window| window == part));
        }
        assert_eq!(format!("{ca:?}"), "ClusterCa(..)");
    }
}
