//! What only who knows the cluster's secret can read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cluster_id::ClusterId;
use crate::peers::Secret;

/// Something that lies where others may read it, and is of use only to who knows the secret:
/// AES-256-GCM, under a key that HKDF-SHA256 makes of the secret for one cluster and one purpose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    nonce: [u8; NONCE_LEN],
    bytes: Vec<u8>,
}

impl Sealed {
    /// Seals `plain` for the purpose `label`, to be opened only beside `beside`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(
        secret: &Secret,
        cluster: ClusterId,
        (label, beside): (&[u8], &[u8]),
        plain: &[u8],
    ) -> Result<Self, SealError> {
        let mut bytes = plain.to_vec();
        let sealed =
            key(secret, cluster, label).seal_in_place_append_tag(Aad::from(beside), &mut bytes);
        let nonce = *sealed.map_err(|_| SealError::Randomness)?.as_ref();
        Ok(Self { nonce, bytes })
    }

    /// What was sealed.
    ///
    /// # Errors
    /// When it was sealed by another secret, for another cluster or purpose, or is damaged.
    pub fn open(
        &self,
        secret: &Secret,
        cluster: ClusterId,
        (label, beside): (&[u8], &[u8]),
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut bytes = Zeroizing::new(self.bytes.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let opened =
            key(secret, cluster, label).open_in_place(nonce, Aad::from(beside), &mut bytes);
        let length = opened.map_err(|_| SealError::Secret)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

fn key(secret: &Secret, cluster: ClusterId, label: &[u8]) -> RandomizedNonceKey {
    let id = cluster.to_string();
    let root = Salt::new(HKDF_SHA256, id.as_bytes()).extract(secret.as_bytes());
    let mut key = Zeroizing::new([0; 32]);
    root.expand(&[label], Length(key.len()))
        .and_then(|expanded| expanded.fill(&mut *key))
        .and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &*key))
        .unwrap_or_else(|error| unreachable!("32 bytes are a key: {error}"))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Why it can't be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// It can't be sealed.
    #[error("the system has no randomness")]
    Randomness,
    /// It can't be opened.
    #[error(
        "it is sealed with another secret than this node's: give it the file with the cluster's \
         (--secret-file)"
    )]
    Secret,
}
