//! The JSON of every refusal.

use alloc::string::{String, ToString};
use core::fmt::Display;

use serde::Serialize;

/// `{"error": "<sentence>", "code": "<snake_case>"}`, as the edge and the nodes answer
/// whatever they refuse: a sentence for people, a stable name for programs.
#[must_use]
pub fn error_body(error: &impl Display, code: &str) -> String {
    #[derive(Serialize)]
    struct Body<'b> {
        error: String,
        code: &'b str,
    }
    let body = Body { error: error.to_string(), code };
    // Two strings: nothing in them can fail.
    serde_json::to_string(&body).unwrap_or_else(|error| unreachable!("{error}"))
}
