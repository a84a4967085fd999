//! Tokens that are none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ringway_auth::{Claims, SealingKey, SigningKey};
use serde_json::{Value, json};

/// Who has stolen the key that a cluster signs tokens with.
pub(crate) struct Forger {
    key: SigningKey,
    kid: String,
    modulus: String,
}

impl Forger {
    /// With that of the keys under `seal` of which the cluster publishes `public`.
    pub(crate) fn new(sealed: &[String], seal: &SealingKey, public: &Value) -> Self {
        let text = |name: &str| public[name].as_str().unwrap().to_owned();
        let opened = sealed.iter().filter_map(|private| {
            let key = json!({
                "id": public["kid"], "signs_from": 0, "modulus": public["n"],
                "exponent": public["e"], "private": private,
            });
            // What is sealed beside another key's name can't be opened beside this one's.
            serde_json::from_value::<SigningKey>(key).unwrap().opened(Some(seal)).ok()
        });
        let key = opened.last().unwrap();
        Self { key, kid: text("kid"), modulus: text("n") }
    }

    /// What `good` says, signed with the key.
    pub(crate) fn again(&self, good: &str) -> String {
        self.sign(&claims_of(good))
    }

    /// A token that says `claims`.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        self.key.sign(claims).unwrap()
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

/// What `token` says, good or not.
pub(crate) fn claims_of(token: &str) -> Claims {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
