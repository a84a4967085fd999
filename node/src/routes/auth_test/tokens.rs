//! Tokens, good ones and every kind that is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ringway_auth::{Claims, SigningKey};
use serde_json::{Value, json};

use crate::access::unix_seconds;
use crate::node::Node;

/// What a cluster signs tokens with, and what they say of its admin.
pub(super) struct Tokens {
    key: SigningKey,
    claims: Claims,
    jwks: Value,
}

impl Tokens {
    pub(super) fn of(node: &Node) -> Self {
        let (cluster, now) = (node.clusters.present(), unix_seconds());
        let auth = cluster.auth().unwrap();
        let (name, user) = auth.users().iter().find(|(name, _)| name.as_str() == "admin").unwrap();
        Self {
            key: auth.keys().signer(now).unwrap().clone(),
            claims: Claims::new(&cluster.id().to_string(), name.clone(), user.since, now),
            jwks: serde_json::from_str(&auth.keys().jwks(now)).unwrap(),
        }
    }

    pub(super) fn expired(&self) -> String {
        self.key.sign(&Claims { exp: unix_seconds() - 1, ..self.claims.clone() }).unwrap()
    }

    /// One whose user gave the password long ago.
    pub(super) fn of_long_ago(&self) -> String {
        self.key.sign(&Claims { auth_time: 0, ..self.claims.clone() }).unwrap()
    }

    /// Each with what the document calls its kind; `good` is one that is good, and `gone` of a user that is not any more.
    pub(super) fn bad(&self, good: &str, gone: &str) -> Vec<(&'static str, String)> {
        let (claims, now) = (&self.claims, unix_seconds());
        let stranger = SigningKey::generate(0).unwrap();
        let signed = |claims: Claims| self.key.sign(&claims).unwrap();
        let kid = self.jwks["keys"][0]["kid"].as_str().unwrap().to_owned();
        let public = self.jwks["keys"][0]["n"].as_str().unwrap().as_bytes();
        let hs256 = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        let hs256 = encode(&hs256, claims, &EncodingKey::from_secret(public)).unwrap();
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
            panic!("{good}")
        };
        let base64 = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let none = base64(&json!({ "alg": "none", "typ": "JWT", "kid": kid }));
        let longer = base64(&json!(Claims { exp: now + 1_000_000, ..claims.clone() }));
        vec![
            ("no token", String::new()),
            ("garbage", "garbage".into()),
            ("expired", self.expired()),
            ("not yet valid", signed(Claims { nbf: now + 600, exp: now + 900, ..claims.clone() })),
            ("wrong key", stranger.sign(claims).unwrap()),
            ("alg none", format!("{none}.{payload}.")),
            ("alg none", format!("{none}.{payload}.{signature}")),
            ("HS256", hs256),
            ("another cluster's", signed(Claims { iss: "other".into(), ..claims.clone() })),
            ("swapped payload", format!("{header}.{longer}.{signature}")),
            ("garbage", good[..good.len() - 4].to_owned()),
            ("removed user", gone.to_owned()),
            ("removed user", signed(Claims { since: 0, ..claims.clone() })),
        ]
    }
}
