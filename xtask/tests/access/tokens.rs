//! Tokens that are none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use ringway_auth::{Claims, SigningKey};
use serde_json::{Value, json};

/// Who has stolen the key that a cluster signs tokens with.
pub(crate) struct Forger {
    private: String,
    kid: String,
    modulus: String,
}

impl Forger {
    /// With that of the `private` keys of which the cluster publishes this.
    pub(crate) fn new(private: &[String], public: &Value) -> Self {
        let text = |name: &str| public[name].as_str().unwrap().to_owned();
        let decoding = DecodingKey::from_rsa_components(&text("n"), &text("e")).unwrap();
        let is_it = |private: &&String| {
            let key = EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
            let signature = sign(b"it", &key, Algorithm::RS256).unwrap();
            verify(&signature, b"it", &decoding, Algorithm::RS256).unwrap()
        };
        let private = private.iter().find(is_it).unwrap().clone();
        Self { private, kid: text("kid"), modulus: text("n") }
    }

    /// What `good` says, signed with the key.
    pub(crate) fn again(&self, good: &str) -> String {
        self.sign(&claims_of(good))
    }

    /// A token that says `claims`.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(self.private.as_bytes()).unwrap();
        encode(&header, claims, &key).unwrap()
    }

    /// Each by its name in the table; `good` is one that is good.
    pub(crate) fn bad(&self, good: &str) -> Vec<(&'static str, String)> {
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
            panic!("{good}")
        };
        let claims = claims_of(good);
        let now = claims.nbf;
        let hs256 = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(self.modulus.as_bytes());
        let base64 = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let none = base64(&json!({ "alg": "none", "typ": "JWT", "kid": self.kid }));
        let longer = base64(&json!(Claims { exp: now + 1_000_000, ..claims.clone() }));
        vec![
            ("garbage", "garbage".into()),
            // Beyond what any clock is forgiven.
            ("expired", self.sign(&Claims { exp: now - 100, ..claims.clone() })),
            ("not yet valid", self.sign(&Claims { nbf: now + 600, ..claims.clone() })),
            ("wrong key", SigningKey::generate(0).unwrap().sign(&claims).unwrap()),
            ("alg none", format!("{none}.{payload}.")),
            ("HS256", encode(&hs256, &claims, &secret).unwrap()),
            ("another cluster's", self.sign(&Claims { iss: "other".into(), ..claims.clone() })),
            ("swapped payload", format!("{header}.{longer}.{signature}")),
        ]
    }
}

fn claims_of(token: &str) -> Claims {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
