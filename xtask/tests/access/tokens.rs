//! Tokens that are none.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey, Header, decode_header, encode};
use ringway_auth::{Claims, SealingKey, SigningKey};
use serde_json::{Value, json};

/// Who has stolen the key that a cluster signs tokens with.
pub(crate) struct Forger {
    key: SigningKey,
    private: EncodingKey,
    kid: String,
    modulus: String,
}

impl Forger {
    /// With that of the keys under `seal` of which the cluster publishes `public`.
    pub(crate) fn new(sealed: &[String], seal: &SealingKey, public: &Value) -> Self {
        let text = |name: &str| public[name].as_str().unwrap().to_owned();
        let mut opened = sealed.iter().filter_map(|private| {
            let key = json!({
                "id": public["kid"], "signs_from": 0, "modulus": public["n"],
                "exponent": public["e"], "private": private,
            });
            // What is sealed beside another key's name can't be opened beside this one's.
            serde_json::from_value::<SigningKey>(key).unwrap().opened(Some(seal)).ok()
        });
        let key = opened.next_back().unwrap();
        let pem = serde_json::to_value(&key).unwrap()["private"].as_str().unwrap().to_owned();
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        Self { key, private, kid: text("kid"), modulus: text("n") }
    }

    /// What the key is called.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The header of a token that is good.
    pub(crate) fn header(&self) -> String {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid }).to_string()
    }

    /// That of a token which begins with `head`.
    pub(crate) fn signature(&self, head: &str) -> String {
        sign(head.as_bytes(), &self.private, Algorithm::RS256).unwrap()
    }

    /// The public key, in each form in which somebody may take it for the secret of HS256.
    pub(crate) fn public_forms(&self) -> Vec<Vec<u8>> {
        let [n, e] = [&self.modulus, "AQAB"].map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
        let spki = PublicKeyComponents { n: &n, e: &e }.as_der().unwrap();
        let spki: &[u8] = spki.as_ref();
        // What stands in the bit string of the other form: the rest is its header.
        let pkcs1 = &spki[24..];
        let pem = |label: &str, der: &[u8], lines: bool| {
            let base64 = STANDARD.encode(der);
            let rows = base64.as_bytes().chunks(if lines { 64 } else { base64.len() });
            let rows: Vec<_> = rows.map(|row| str::from_utf8(row).unwrap()).collect();
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", rows.join("\n"))
        };
        let mut forms = vec![self.modulus.clone().into_bytes(), n, spki.to_vec(), pkcs1.to_vec()];
        for (label, der) in [("PUBLIC KEY", spki), ("RSA PUBLIC KEY", pkcs1)] {
            for lines in [false, true] {
                let pem = pem(label, der, lines);
                forms.extend([pem.clone().into_bytes(), format!("{pem}\n").into_bytes()]);
            }
        }
        forms
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
        let hs256 = self.public_forms().into_iter().map(|secret| {
            let secret = EncodingKey::from_secret(&secret);
            ("HS256", encode(&hs256, &claims, &secret).unwrap())
        });
        let base64 = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let none = base64(&json!({ "alg": "none", "typ": "JWT", "kid": self.kid }));
        let longer = base64(&json!(Claims { exp: now + 1_000_000, ..claims.clone() }));
        let mut bad = vec![
            ("garbage", "garbage".into()),
            // Beyond what any clock is forgiven.
            ("expired", self.sign(&Claims { exp: now - 100, ..claims.clone() })),
            ("not yet valid", self.sign(&Claims { nbf: now + 600, ..claims.clone() })),
            ("wrong key", SigningKey::generate(0).unwrap().sign(&claims).unwrap()),
            ("alg none", format!("{none}.{payload}.")),
            ("another cluster's", self.sign(&Claims { iss: "other".into(), ..claims.clone() })),
            ("swapped payload", format!("{header}.{longer}.{signature}")),
        ];
        bad.extend(hs256);
        bad
    }
}

/// The signature of HS256 under what begins with `head`, by this secret.
pub(crate) fn hmac(head: &str, secret: &[u8]) -> String {
    sign(head.as_bytes(), &EncodingKey::from_secret(secret), Algorithm::HS256).unwrap()
}

/// What the key is called that has signed `token`.
pub(crate) fn kid_of(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// What `token` says, good or not.
pub(crate) fn claims_of(token: &str) -> Claims {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
