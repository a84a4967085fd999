//! Public keys, as others read them (RFC 7517).

use serde::Serialize;

use crate::SigningKey;

#[derive(Serialize)]
pub(crate) struct Jwks<'a> {
    pub(crate) keys: Vec<Jwk<'a>>,
}

impl Jwks<'_> {
    pub(crate) fn to_json(&self) -> String {
        // Strings only: nothing in them can fail.
        serde_json::to_string(self).unwrap_or_else(|error| unreachable!("{error}"))
    }
}

#[derive(Serialize)]
pub(crate) struct Jwk<'a> {
    kty: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
    kid: &'a str,
    n: &'a str,
    e: &'a str,
}

impl<'a> Jwk<'a> {
    pub(crate) fn of(key: &'a SigningKey) -> Self {
        let (kid, n, e) = (&key.id, &key.modulus, &key.exponent);
        Self { kty: "RSA", purpose: "sig", alg: "RS256", kid, n, e }
    }
}
