//! A page of keys, as nodes tell it.

use serde::{Deserialize, Serialize};

/// A page of keys.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// In order.
    pub(crate) keys: Vec<Listed>,
    /// Where the next one begins; nothing on the last.
    pub(crate) next: Option<String>,
}

/// A key that is there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Listed {
    /// The key.
    pub(crate) key: String,
    /// Of its value.
    pub(crate) version: String,
    /// The value's length.
    pub(crate) bytes: u64,
}
