//! A public key, as a cluster publishes it.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use thiserror::Error;

use crate::base64url;

/// A public key by which tokens are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: String,
    pem: String,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    n: String,
    e: String,
}

impl PublicKey {
    /// Those of a JSON Web Key Set (RFC 7517), as nodes publish it: RSA keys with an id each.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse_set(json: &[u8]) -> Result<Vec<Self>, PublicKeyError> {
        let set: Jwks = serde_json::from_slice(json).map_err(PublicKeyError::Json)?;
        set.keys.into_iter().map(Self::of).collect()
    }

    fn of(Jwk { kid: id, n, e }: Jwk) -> Result<Self, PublicKeyError> {
        // It becomes the name of a file, and a word in the configuration of others.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.len() != 43 || !id.bytes().all(is_plain) {
            return Err(PublicKeyError::Id);
        }
        let components = base64url::decode(&n).zip(base64url::decode(&e));
        let der = components.and_then(|(n, e)| PublicKeyComponents { n, e }.as_der().ok());
        let Some(der) = der else { return Err(PublicKeyError::Key { id }) };
        let base64 = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
        Ok(Self { id, pem })
    }

    /// What tokens call it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// X.509's `SubjectPublicKeyInfo`, as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

/// Why there is no public key.
#[derive(Debug, Error)]
pub enum PublicKeyError {
    /// It is no set of keys.
    #[error("this is no set of keys: {0}")]
    Json(#[source] serde_json::Error),
    /// A key is called otherwise than clusters call theirs.
    #[error("a key has an id that is no thumbprint")]
    Id,
    /// A key's numbers make none.
    #[error("the key {id} is no RSA key")]
    Key {
        /// What it is called.
        id: String,
    },
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    use serde_json::Value;

    use super::*;
    use crate::{Claims, KeyRing, SigningKey};

    #[test]
    fn what_a_cluster_publishes_verifies_what_it_signs() {
        let key = SigningKey::generate(0).unwrap();
        let token = key.sign(&Claims::new("it", "ann".parse().unwrap(), 1, 1_000)).unwrap();
        let set = PublicKey::parse_set(KeyRing::new(key.clone()).jwks(0).as_bytes()).unwrap();
        assert_eq!((set.len(), set[0].id()), (1, &*key.id));
        let public = DecodingKey::from_rsa_pem(set[0].pem().as_bytes()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        assert!(decode::<Value>(&token, &public, &validation).is_ok());
    }

    #[test]
    fn what_could_be_a_path_or_a_word_of_a_configuration_is_no_id() {
        let id = "x".repeat(43);
        let set = |kid: &str, n: &str| {
            let set = format!(r#"{{"keys":[{{"kid":{kid:?},"n":"{n}","e":"AQAB"}}]}}"#);
            PublicKey::parse_set(set.as_bytes())
        };
        for kid in ["", "short", &"../".repeat(15)[..43], &format!("{}\n", &id[1..])] {
            assert!(matches!(set(kid, "AQAB"), Err(PublicKeyError::Id)), "{kid:?}");
        }
        for n in ["", "*", "AAAA"] {
            assert!(matches!(set(&id, n), Err(PublicKeyError::Key { .. })), "{n:?}");
        }
        assert!(matches!(PublicKey::parse_set(b"{}"), Err(PublicKeyError::Json(_))));
    }
}
