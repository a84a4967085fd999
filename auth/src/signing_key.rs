//! A key that signs tokens.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Claims, base64url};

/// An RSA key of 2048 bits. It can't be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// What tokens call it: its thumbprint (RFC 7638), so that no two keys have one name.
    pub(crate) id: String,
    /// From when on it signs, in seconds since 1970.
    pub(crate) signs_from: u64,
    /// Modulus and exponent, as a JWK has them.
    pub(crate) modulus: String,
    pub(crate) exponent: String,
    /// PKCS #8, as PEM.
    pub(crate) private: Zeroizing<String>,
}

impl SigningKey {
    /// A new one. Takes some tenths of a second.
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
        Ok(Self { id, signs_from, modulus, exponent, private: pem(private.as_ref()) })
    }

    /// A token that says `claims`.
    ///
    /// # Errors
    /// When this is no key: the state that it comes from is damaged.
    pub fn sign(&self, claims: &Claims) -> Result<String, KeyError> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(self.private.as_bytes());
        key.and_then(|key| encode(&header, claims, &key)).map_err(|_| KeyError::Sign)
    }
}

fn pem(pkcs8: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(pkcs8));
    Zeroizing::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", *base64))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nothing_that_is_private() {
        let key = SigningKey::generate(7).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains(&key.id) && !shown.contains("PRIVATE"), "{shown}");
        assert_eq!((key.exponent.as_str(), key.modulus.len(), key.id.len()), ("AQAB", 342, 43));
    }
}
