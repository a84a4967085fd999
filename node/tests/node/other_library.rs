//! A token, as a library reads it that shares no code with the one that nodes make it with.

use biscuit::jwa::SignatureAlgorithm;
use biscuit::jwk::JWKSet;
use biscuit::{ClaimPresenceOptions, Empty, JWT, Presence, ValidationOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::auth::{PASSWORD, ask, login, place};

/// What our tokens say besides what all tokens may.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Own {
    auth_time: u64,
    since: u64,
}

/// Whose `token` is, by the keys as they are published.
fn subject(token: &str, keys: &JWKSet<Empty>) -> Option<String> {
    let token = JWT::<Own, Empty>::new_encoded(token);
    let token = token.decode_with_jwks(keys, Some(SignatureAlgorithm::RS256)).ok()?;
    let claim_presence_options = ClaimPresenceOptions {
        issuer: Presence::Required,
        subject: Presence::Required,
        expiry: Presence::Required,
        not_before: Presence::Required,
        ..ClaimPresenceOptions::default()
    };
    let options = ValidationOptions { claim_presence_options, ..ValidationOptions::default() };
    token.validate(options).ok()?;
    token.payload().ok()?.registered.subject.clone()
}

#[test]
fn a_token_is_one_to_a_library_that_knows_nothing_of_us() {
    let place = place();
    let node = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    let token = login(node.address, "admin", PASSWORD);
    let rotated = ask(node.address, &token, "POST /auth/rotate-key", &json!({}));
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let published = ask(node.address, "", "GET /.well-known/jwks.json", &json!(""));
    let keys: JWKSet<Empty> = serde_json::from_slice(&published.body).unwrap();
    assert_eq!(keys.keys.len(), 2);
    assert_eq!(subject(&token, &keys).as_deref(), Some("admin"));

    let parts: Vec<_> = token.split('.').collect();
    for (part, text) in parts.iter().enumerate() {
        let turned = if text.starts_with('A') { "B" } else { "A" };
        // Bits that count, in the midst of each part.
        for at in [text.len() / 2, text.len() / 3] {
            let mut parts: Vec<_> = parts.iter().map(|&part| part.to_owned()).collect();
            let other = if &text[at..=at] == turned { "C" } else { turned };
            parts[part].replace_range(at..=at, other);
            assert_eq!(subject(&parts.join("."), &keys), None, "part {part}, at {at}");
        }
    }
    let mut other: Value = serde_json::from_slice(&published.body).unwrap();
    for key in other["keys"].as_array_mut().unwrap() {
        let modulus = key["n"].as_str().unwrap();
        let turned = if modulus.as_bytes()[100] == b'A' { "B" } else { "A" };
        key["n"] = json!(format!("{}{turned}{}", &modulus[..100], &modulus[101..]));
    }
    let other: JWKSet<Empty> = serde_json::from_value(other).unwrap();
    assert_eq!(subject(&token, &other), None, "other keys");
}
