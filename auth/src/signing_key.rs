//! A key that signs tokens.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::private_key::PrivateKey;
use crate::{Claims, SealError, SealingKey, base64url};

/// An RSA key of 2048 bits. It can't be printed, and lies under the cluster's secret wherever it
/// lies.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// What tokens call it: its thumbprint (RFC 7638), so that no two keys have one name.
    pub(crate) id: String,
    /// From when on it signs, in seconds since 1970.
    pub(crate) signs_from: u64,
    /// Modulus and exponent, as a JWK has them.
    pub(crate) modulus: String,
    pub(crate) exponent: String,
    pub(crate) private: PrivateKey,
}

impl SigningKey {
    /// A new one, without a seal. Takes some tenths of a second.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(signs_from: u64) -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Draw)?;
        let private = pair.as_der().map_err(|_| KeyError::Draw)?;
        let public = pair.public_key();
        let modulus = base64url::encode(public.modulus().big_endian_without_leading_zero());
        let exponent = base64url::encode(public.exponent().big_endian_without_leading_zero());
        let jwk = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let id = base64url::encode(digest(&SHA256, jwk.as_bytes()).as_ref());
        Ok(Self { id, signs_from, modulus, exponent, private: PrivateKey::new(private.as_ref()) })
    }

    /// The same under `seal`, so that it may lie where others read it.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sealed(&self, seal: &SealingKey) -> Result<Self, KeyError> {
        Ok(Self { private: self.private.sealed(seal, &self.id)?, ..self.clone() })
    }

    /// The same without a seal, so that it can sign.
    ///
    /// # Errors
    /// When it lies under another, or `seal` is nothing and it lies under one.
    pub fn opened(&self, seal: Option<&SealingKey>) -> Result<Self, KeyError> {
        match (&self.private, seal) {
            (PrivateKey::Open(_), _) => Ok(self.clone()),
            (PrivateKey::Sealed(_), None) => Err(KeyError::Sealed),
            (private, Some(seal)) => {
                Ok(Self { private: private.opened(seal, &self.id)?, ..self.clone() })
            }
        }
    }

    /// Whether it lies under no seal.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.private, PrivateKey::Open(_))
    }

    /// A token that says `claims`.
    ///
    /// # Errors
    /// When it lies under a seal, or is no key: the state that it comes from is damaged.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        let PrivateKey::Open(pem) = &self.private else { return Err(KeyError::Sealed) };
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(pem.as_bytes());
        key.and_then(|key| encode(&header, claims, &key)).map_err(|_| KeyError::Sign)
    }
}

/// What everybody may know of it.
impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, signs_from, .. } = self;
        out.debug_struct("SigningKey")
            .field("id", id)
            .field("signs_from", signs_from)
            .finish_non_exhaustive()
    }
}

/// Why there is no key or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// None could be drawn.
    #[error("no signing key could be drawn: the system has no randomness")]
    Draw,
    /// It doesn't sign.
    #[error("the cluster's signing key is damaged")]
    Sign,
    /// It lies under a seal, and there is nothing to open it with.
    #[error(
        "the keys that sign tokens are sealed with the cluster's secret: give this node its file \
         (--secret-file)"
    )]
    Sealed,
    /// It can't be sealed or opened.
    #[error("the keys that sign tokens: {0}")]
    Seal(#[from] SealError),
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::SealedFor;

    #[test]
    fn a_key_shows_nothing_that_is_private() {
        let key = SigningKey::generate(7).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains(&key.id) && !shown.contains("PRIVATE"), "{shown}");
        assert_eq!((key.exponent.as_str(), key.modulus.len(), key.id.len()), ("AQAB", 342, 43));
    }

    #[test]
    fn a_sealed_key_signs_for_who_knows_the_secret_and_for_nobody_else() {
        let seal = |secret: &[u8]| SealingKey::new(secret, "us", SealedFor::SigningKeys);
        let (own, other) = (seal(b"the cluster's secret"), seal(b"another's secret"));
        let key = SigningKey::generate(7).unwrap();
        let sealed = key.sealed(&own).unwrap();
        assert!(key.is_open() && !sealed.is_open());
        let claims = Claims::new("us", "ann".parse().unwrap(), 1, 0);
        assert_eq!(sealed.sign(&claims), Err(KeyError::Sealed));
        assert_eq!(sealed.opened(None), Err(KeyError::Sealed));
        assert_eq!(sealed.opened(Some(&other)), Err(KeyError::Seal(SealError::Secret)));
        assert_eq!(sealed.opened(Some(&own)).as_ref(), Ok(&key));
        assert_eq!(key.opened(None).as_ref(), Ok(&key), "as earlier versions kept them");
        // Beside another key it is none: its public half would not be its own.
        let mixed =
            SigningKey { private: sealed.private.clone(), ..SigningKey::generate(7).unwrap() };
        assert_eq!(mixed.opened(Some(&own)), Err(KeyError::Seal(SealError::Secret)));

        let written = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<SigningKey>(&written).unwrap(), sealed);
        assert!(written.contains("SEALED PRIVATE KEY"), "{written}");
        let text = |key: &SigningKey| Zeroizing::<String>::from(key.private.clone());
        assert!(!written.contains(&text(&key)[40..80]), "nothing of it lies open");
        let damaged = written.replace("END SEALED", "END SAELED");
        assert!(serde_json::from_str::<SigningKey>(&damaged).is_err());
    }
}
