//! A value as it came from a node.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, ETAG};

/// What nodes say of values that came without a content type.
const OCTETS: &str = "application/octet-stream";

/// A value as it came from a node.
#[derive(Clone, Debug)]
pub(crate) struct StoredValue {
    /// The value itself.
    pub(crate) bytes: Bytes,
    /// Which version it is.
    pub(crate) version: String,
    /// What it was said to be when it was stored.
    pub(crate) content_type: Option<String>,
}

impl StoredValue {
    /// What `headers` and `bytes` say; nothing where they have no version.
    pub(crate) fn read(headers: &HeaderMap, bytes: Bytes) -> Option<Self> {
        let text = |name| headers.get(name)?.to_str().ok();
        let version = text(ETAG)?.trim_matches('"').to_owned();
        let content_type = text(CONTENT_TYPE).filter(|&it| it != OCTETS).map(str::to_owned);
        Some(Self { bytes, version, content_type })
    }
}
