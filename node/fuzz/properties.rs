//! What must hold for any input whatsoever. The fuzz target looks for counterexamples for as long as
//! it is let, and `tests/hostile_input.rs` for a bounded time in every test run.

use ringway::JoinRequest;

/// Reading does not panic; and what can be read is what it should be, and is written such that it
/// reads the same.
pub(crate) fn join_message(bytes: &[u8]) {
    let Ok(request) = postcard::from_bytes::<JoinRequest>(bytes) else { return };
    assert!(!request.id.as_str().is_empty());
    assert_eq!(request.id.as_str().parse().as_ref(), Ok(&request.id));
    if let Some(token) = &request.token {
        assert_eq!(token.reveal().parse().as_ref(), Ok(token));
    }
    let written = postcard::to_allocvec(&request).expect("a request can be written");
    assert_eq!(postcard::from_bytes::<JoinRequest>(&written).as_ref(), Ok(&request));
}
