//! What must hold for any input whatsoever. The fuzz targets look for counterexamples for as long as
//! they are let, and `tests/hostile_input.rs` for a bounded time in every test run.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use std::sync::LazyLock;

use ringway_auth::{
    Auth, AuthCommand, Claims, LoginRequest, PasswordHash, SigningKey, TokenVerifier, UserName,
};

const NOW: u64 = 1_000_000;

/// A cluster that has issued one token.
static CLUSTER: LazyLock<(TokenVerifier, String)> = LazyLock::new(|| {
    let key = SigningKey::generate(0).expect("randomness");
    let claims = Claims::new("us", "ann".parse().expect("a name"), 7, NOW);
    let token = key.sign(&claims).expect("a key that was just drawn");
    let (admin, password) = ("admin".parse().expect("a name"), PasswordHash::decoy());
    let mut auth = None;
    Auth::apply(&mut auth, AuthCommand::SetUp { key, admin, password }, 1).expect("a beginning");
    let auth = auth.expect("it has begun");
    (TokenVerifier::new("us".to_owned(), auth.keys()), token)
});

/// The one token that is good.
pub(crate) fn good_token() -> &'static str {
    &CLUSTER.1
}

/// Verifying does not panic, and takes nothing for good but what was issued, to the byte.
pub(crate) fn token(token: &[u8]) {
    let Ok(token) = str::from_utf8(token) else { return };
    let (verifier, good) = &*CLUSTER;
    assert_eq!(verifier.verify(token, NOW).is_ok(), token == good, "{token}");
}

/// Reading does not panic; what is read is what was written; and a name that is one is that name.
pub(crate) fn login_body(json: &[u8]) {
    let Ok(LoginRequest { username, password }) = serde_json::from_slice(json) else { return };
    if let Ok(name) = username.parse::<UserName>() {
        assert_eq!(name.as_str(), username);
    }
    let written = serde_json::json!({ "username": username, "password": password.reveal() });
    let read: LoginRequest =
        serde_json::from_str(&written.to_string()).expect("a written login can be read");
    assert_eq!((read.username, read.password.reveal()), (username, password.reveal()));
}
