//! Every kind of token that is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::*;
use crate::{SigningKey, TOKEN_SECONDS};

const NOW: u64 = 1_000_000;

fn claims() -> Claims {
    Claims::new("us", "ann".parse().unwrap(), 7, NOW)
}

fn cluster() -> (SigningKey, TokenVerifier) {
    let key = SigningKey::generate(0).unwrap();
    let verifier = TokenVerifier::new("us".into(), &KeyRing::new(key.clone()));
    (key, verifier)
}

fn base64(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// `token` with another header, payload or signature.
fn with(token: &str, part: usize, text: &str) -> String {
    let mut parts: Vec<_> = token.split('.').collect();
    parts[part] = text;
    parts.join(".")
}

#[test]
fn a_token_of_the_cluster_says_whose_it_is() {
    let (key, verifier) = cluster();
    assert_eq!(verifier.verify(&key.sign(&claims()).unwrap(), NOW), Ok(claims()));
}

#[test]
fn what_is_no_token_of_the_cluster_is_refused() {
    let (key, verifier) = cluster();
    let good = key.sign(&claims()).unwrap();
    let stranger = SigningKey::generate(0).unwrap();
    // The same name, another key.
    let impostor = SigningKey { id: key.id.clone(), ..stranger.clone() };
    let other_payload = with(&impostor.sign(&claims()).unwrap(), 2, "");
    let payload = base64(&json!({
        "iss": "us", "sub": "root", "nbf": NOW, "exp": NOW + 60, "auth_time": NOW, "since": 7,
    }));
    let none = base64(&json!({ "alg": "none", "typ": "JWT", "kid": key.id }));
    let hs256 = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
    let public = EncodingKey::from_secret(key.modulus.as_bytes());
    let later = Claims { nbf: NOW + 3600, exp: NOW + 7200, ..claims() };
    let earlier = Claims { exp: NOW, ..claims() };
    let no_name = Header::new(Algorithm::RS256);
    let named = |key: &SigningKey, claims: &Claims| key.sign(claims).unwrap();
    for (what, token, expected) in [
        ("nothing", String::new(), TokenError::Malformed),
        ("garbage", "garbage".into(), TokenError::Malformed),
        ("dots", "..".into(), TokenError::Malformed),
        ("expired", named(&key, &earlier), TokenError::Expired),
        ("not yet valid", named(&key, &later), TokenError::NotYetGood),
        ("another key", named(&stranger, &claims()), TokenError::UnknownKey),
        ("another key of that name", named(&impostor, &claims()), TokenError::Signature),
        ("alg none", with(&with(&good, 0, &none), 2, ""), TokenError::Malformed),
        ("alg none, signed", with(&good, 0, &none), TokenError::Malformed),
        ("HS256", encode(&hs256, &claims(), &public).unwrap(), TokenError::Malformed),
        ("no key named", with(&good, 0, &base64(&json!(no_name))), TokenError::Malformed),
        ("swapped payload", with(&good, 1, &payload), TokenError::Signature),
        ("no signature", with(&good, 2, ""), TokenError::Signature),
        ("another's signature", other_payload, TokenError::Signature),
        ("a fourth part", format!("{good}.x"), TokenError::Malformed),
        (
            "another cluster",
            named(&key, &Claims { iss: "them".into(), ..claims() }),
            TokenError::OtherCluster,
        ),
    ] {
        assert_eq!(verifier.verify(&token, NOW), Err(expected), "{what}");
    }
}

#[test]
fn a_token_is_good_no_longer_than_its_key_is_trusted() {
    let key = SigningKey::generate(0).unwrap();
    let mut ring = KeyRing::new(key.clone());
    ring.rotate(SigningKey::generate(NOW).unwrap(), NOW - 60).unwrap();
    let verifier = TokenVerifier::new("us".into(), &ring);
    let endless = Claims { exp: u64::MAX, ..claims() };
    let token = key.sign(&endless).unwrap();
    assert_eq!(verifier.verify(&token, NOW).unwrap().exp, NOW + TOKEN_SECONDS);
    let late = verifier.verify(&token, NOW + TOKEN_SECONDS);
    assert_eq!(late, Err(TokenError::UnknownKey));
}

#[test]
fn a_token_with_any_byte_changed_is_no_token() {
    let (key, verifier) = cluster();
    let good = key.sign(&claims()).unwrap();
    proptest!(ProptestConfig::with_cases(2000), |(at: Index, byte: u8, cut: bool)| {
        let mut bytes = good.clone().into_bytes();
        let at = at.index(bytes.len());
        if cut {
            bytes.remove(at);
        } else {
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
        }
        if let Ok(token) = String::from_utf8(bytes) {
            prop_assert!(verifier.verify(&token, NOW).is_err(), "{token}");
        }
    });
}
