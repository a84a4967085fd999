//! What goes to standard output.

use std::io::{self, Write};

use serde::Serialize;

use crate::client_error::ClientError;

/// Writes `bytes` to standard output.
///
/// # Errors
/// When they can't be written, as where that is a file on a full disk.
pub fn print_bytes(bytes: &[u8]) -> Result<(), ClientError> {
    let mut output = io::stdout().lock();
    // Flushed at once, or what fails would fail when nobody looks any more.
    output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => ClientError::ReaderGone,
        _ => ClientError::file("the standard output can't be written", error),
    })
}

/// Writes `text` and a line feed.
///
/// # Errors
/// As [`print_bytes`].
pub fn print_line(text: &str) -> Result<(), ClientError> {
    print_bytes(format!("{text}\n").as_bytes())
}

/// Writes `value` as a line of JSON.
///
/// # Errors
/// As [`print_bytes`].
pub fn print_json(value: &impl Serialize) -> Result<(), ClientError> {
    print_line(&json_line(value))
}

/// `value` as JSON, on one line.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|error| unreachable!("strings and numbers: {error}"))
}
