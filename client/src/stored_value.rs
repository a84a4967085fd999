//! A value as it came from a node.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName};

/// When it expires.
const EXPIRES_MS: HeaderName = HeaderName::from_static("x-ringway-expires-ms");

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
    /// When it expires, in milliseconds since the beginning of 1970.
    pub(crate) expires_ms: Option<u64>,
}

impl StoredValue {
    /// What `headers` and `bytes` say; nothing where they have no version.
    pub(crate) fn read(headers: &HeaderMap, bytes: Bytes) -> Option<Self> {
        let text = |name: HeaderName| headers.get(name)?.to_str().ok();
        let version = text(ETAG)?.trim_matches('"').to_owned();
        let content_type = text(CONTENT_TYPE).filter(|&it| it != OCTETS).map(str::to_owned);
        let expires_ms = text(EXPIRES_MS).and_then(|it| it.parse().ok());
        Some(Self { bytes, version, content_type, expires_ms })
    }
}
