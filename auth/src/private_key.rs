//! The private half of a key that signs tokens, as it lies in the cluster's state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{SealError, Sealed, SealingKey};

const SEALED_BEGIN: &str = "-----BEGIN SEALED PRIVATE KEY-----\n";
const SEALED_END: &str = "\n-----END SEALED PRIVATE KEY-----\n";

/// The private half of a key that signs tokens, as it lies in the cluster's state. One text either
/// way: states and logs of versions that knew no seal are read as they are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Zeroizing<String>", try_from = "Zeroizing<String>")]
pub(crate) enum PrivateKey {
    /// PKCS #8, as PEM: of a cluster without a secret, or of an earlier version.
    Open(Zeroizing<String>),
    /// The same, under the cluster's secret.
    Sealed(Sealed),
}

impl PrivateKey {
    /// The one that is `pkcs8`.
    pub(crate) fn new(pkcs8: &[u8]) -> Self {
        let base64 = Zeroizing::new(STANDARD.encode(pkcs8));
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", *base64);
        Self::Open(Zeroizing::new(pem))
    }

    /// The same under `seal`, to be opened only beside the key that has this `id`.
    pub(crate) fn sealed(&self, seal: &SealingKey, id: &str) -> Result<Self, SealError> {
        match self {
            Self::Open(pem) => Sealed::seal(seal, id.as_bytes(), pem.as_bytes()).map(Self::Sealed),
            Self::Sealed(_) => Ok(self.clone()),
        }
    }

    /// The same without the seal.
    pub(crate) fn opened(&self, seal: &SealingKey, id: &str) -> Result<Self, SealError> {
        match self {
            Self::Open(_) => Ok(self.clone()),
            Self::Sealed(sealed) => {
                let bytes = sealed.open(seal, id.as_bytes())?;
                let pem = str::from_utf8(&bytes).map_err(|_| SealError::Secret)?;
                Ok(Self::Open(Zeroizing::new(pem.to_owned())))
            }
        }
    }
}

impl From<PrivateKey> for Zeroizing<String> {
    fn from(key: PrivateKey) -> Self {
        match key {
            PrivateKey::Open(pem) => pem,
            PrivateKey::Sealed(sealed) => {
                let base64 = STANDARD.encode(sealed.to_bytes());
                Self::new(format!("{SEALED_BEGIN}{base64}{SEALED_END}"))
            }
        }
    }
}

impl TryFrom<Zeroizing<String>> for PrivateKey {
    type Error = PrivateKeyError;

    fn try_from(text: Zeroizing<String>) -> Result<Self, PrivateKeyError> {
        let Some(sealed) = text.strip_prefix(SEALED_BEGIN) else { return Ok(Self::Open(text)) };
        let base64 = sealed.strip_suffix(SEALED_END).ok_or(PrivateKeyError)?;
        let bytes = STANDARD.decode(base64).map_err(|_| PrivateKeyError)?;
        Sealed::from_bytes(&bytes).map(Self::Sealed).ok_or(PrivateKeyError)
    }
}

/// It is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a sealed key is damaged")]
pub(crate) struct PrivateKeyError;
