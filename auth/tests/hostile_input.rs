//! The properties that the fuzz targets look for, on seeded mutations of golden inputs: a bounded
//! hunt in every test run.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

#[path = "../../ring/fuzz/hunt.rs"]
mod hunt;
#[path = "../fuzz/properties.rs"]
mod properties;

use hunt::hunt;
use ringway_auth::LoginRequest;

#[test]
fn no_token_but_the_one_that_was_issued_is_good() {
    let good = properties::good_token();
    let inputs = [good, "", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30."];
    let inputs = inputs.map(|token| token.as_bytes().to_vec());
    let has_parts = |token: &[u8]| token.split(|byte| *byte == b'.').count() == 3;
    let valid = hunt(4, 50_000, &inputs, has_parts, properties::token);
    assert!(valid > 10_000, "only {valid} mutations looked like tokens");
}

#[test]
fn no_login_body_panics_or_reads_differently_when_written() {
    let inputs = [
        r#"{"username":"ann","password":"a password"}"#,
        r#"{"password":"\u0000\ud83d\udddd","username":"ann-1_x.y"}"#,
        r#" { "username" : "" , "password" : "" } "#,
        r#"{"username":["ann"],"password":{"password":7}}"#,
    ];
    let inputs = inputs.map(|json| json.as_bytes().to_vec());
    let is_valid = |json: &[u8]| serde_json::from_slice::<LoginRequest>(json).is_ok();
    let valid = hunt(5, 100_000, &inputs, is_valid, properties::login_body);
    assert!(valid > 1_000, "only {valid} mutations were logins");
}
