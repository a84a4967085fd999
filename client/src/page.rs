//! A page of keys, as nodes tell it.

use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::bulk::patiently;
use crate::client_error::ClientError;

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

/// The keys that begin with `prefix`. All of them: only then it is known how much there is to do.
pub(crate) async fn all_keys(api: &Api, prefix: &str) -> Result<Vec<Listed>, ClientError> {
    let mut listed = Vec::new();
    let mut after = Some(String::new());
    while let Some(last) = after {
        let page = patiently(|| api.page(prefix, &last)).await?;
        listed.extend(page.keys);
        after = page.next;
    }
    Ok(listed)
}
