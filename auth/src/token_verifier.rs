//! Whose a token is.

use std::collections::BTreeMap;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use crate::{Claims, KeyRing, TokenError};

/// Says whose a token is: that of the user whom it names, where one of the cluster's keys has
/// signed it by RS256. No other algorithm is tried, whatever the token says.
pub struct TokenVerifier {
    issuer: String,
    /// By id, and until when it is trusted.
    keys: BTreeMap<String, (DecodingKey, Option<u64>)>,
    validation: Validation,
}

impl TokenVerifier {
    /// The verifier of the cluster called `issuer`.
    #[must_use]
    pub fn new(issuer: String, ring: &KeyRing) -> Self {
        let keys = ring.trusted(0).filter_map(|(key, until)| {
            let decoding = DecodingKey::from_rsa_components(&key.modulus, &key.exponent).ok()?;
            Some((key.id.clone(), (decoding, until)))
        });
        let mut validation = Validation::new(Algorithm::RS256);
        // By our own clock, in `Claims::check_time`; issuer and audience below.
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        Self { issuer, keys: keys.collect(), validation }
    }

    /// What `token` says.
    ///
    /// # Errors
    /// When it is not a good token of this cluster at `now`.
    pub fn verify(&self, token: &str, now: u64) -> Result<Claims, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let Some(id) = header.kid.filter(|_| header.alg == Algorithm::RS256) else {
            return Err(TokenError::Malformed);
        };
        let known = self.keys.get(&id).filter(|(_, until)| until.is_none_or(|until| now < until));
        let (key, until) = known.ok_or(TokenError::UnknownKey)?;
        let decoded = decode::<Claims>(token, key, &self.validation);
        let mut claims = decoded.map_err(|error| error_of(error.kind()))?.claims;
        if claims.iss != self.issuer {
            return Err(TokenError::OtherCluster);
        }
        claims.check_time(now)?;
        // No longer than its key is trusted, whoever remembers the answer.
        claims.exp = until.map_or(claims.exp, |until| claims.exp.min(until));
        Ok(claims)
    }
}

fn error_of(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        _ => TokenError::Malformed,
    }
}

#[cfg(test)]
mod token_verifier_test;
