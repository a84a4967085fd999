//! What only who knows the cluster's secret can read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

/// For what something is sealed: what is for one is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedFor {
    /// The key of the cluster's certificate authority.
    CertificateAuthority,
    /// The keys that sign tokens.
    SigningKeys,
}

impl SealedFor {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::CertificateAuthority => b"ringway certificate authority",
            Self::SigningKeys => b"ringway signing keys",
        }
    }
}

/// What seals and opens: a key for AES-256-GCM that HKDF-SHA256 makes of the cluster's secret, for
/// one cluster and one purpose. In memory only, and wiped there.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// The one of the cluster with this id, whose nodes share `secret`.
    #[must_use]
    pub fn new(secret: &[u8], cluster: &str, purpose: SealedFor) -> Self {
        let root = Salt::new(HKDF_SHA256, cluster.as_bytes()).extract(secret);
        let mut key = Zeroizing::new([0; 32]);
        root.expand(&[purpose.label()], Length(key.len()))
            .and_then(|expanded| expanded.fill(&mut *key))
            .unwrap_or_else(|error| unreachable!("HKDF makes 32 bytes: {error}"));
        Self(key)
    }

    fn cipher(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &*self.0)
            .unwrap_or_else(|error| unreachable!("32 bytes are a key: {error}"))
    }
}

/// Something that lies where others may read it, and is of use only to who has the
/// [`SealingKey`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    nonce: [u8; NONCE_LEN],
    bytes: Vec<u8>,
}

impl Sealed {
    /// Seals `plain`, to be opened only beside `beside`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(key: &SealingKey, beside: &[u8], plain: &[u8]) -> Result<Self, SealError> {
        let mut bytes = plain.to_vec();
        let sealed = key.cipher().seal_in_place_append_tag(Aad::from(beside), &mut bytes);
        let nonce = *sealed.map_err(|_| SealError::Randomness)?.as_ref();
        Ok(Self { nonce, bytes })
    }

    /// What was sealed.
    ///
    /// # Errors
    /// When it was sealed by another secret, for another cluster or purpose, or is damaged.
    pub fn open(&self, key: &SealingKey, beside: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut bytes = Zeroizing::new(self.bytes.clone());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let opened = key.cipher().open_in_place(nonce, Aad::from(beside), &mut bytes);
        let length = opened.map_err(|_| SealError::Secret)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }

    /// The nonce, and what is sealed behind it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [&self.nonce, &*self.bytes].concat()
    }

    /// Reads what [`Sealed::to_bytes`] made; nothing where that is too short.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (nonce, bytes) = bytes.split_first_chunk()?;
        Some(Self { nonce: *nonce, bytes: bytes.to_vec() })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_opened_by_its_own_key_beside_what_it_was_sealed_beside() {
        let key =
            |secret: &str, cluster, purpose| SealingKey::new(secret.as_bytes(), cluster, purpose);
        let own = key("a secret", "us", SealedFor::SigningKeys);
        let sealed = Sealed::seal(&own, b"it", b"plain").unwrap();
        assert_eq!(sealed.open(&own, b"it").as_deref(), Ok(&b"plain".to_vec()));
        assert!(Sealed::from_bytes(&sealed.to_bytes()) == Some(sealed.clone()));
        for (other, beside) in [
            (&own, "something else"),
            (&key("another", "us", SealedFor::SigningKeys), "it"),
            (&key("a secret", "them", SealedFor::SigningKeys), "it"),
            (&key("a secret", "us", SealedFor::CertificateAuthority), "it"),
        ] {
            assert_eq!(sealed.open(other, beside.as_bytes()), Err(SealError::Secret), "{beside}");
        }
        for at in 0..sealed.to_bytes().len() {
            let mut bytes = sealed.to_bytes();
            bytes[at] ^= 1;
            assert!(Sealed::from_bytes(&bytes).unwrap().open(&own, b"it").is_err(), "{at}");
            assert!(
                Sealed::from_bytes(&bytes[..at]).is_none_or(|it| it.open(&own, b"it").is_err())
            );
        }
    }
}
