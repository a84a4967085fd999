//! SHA-256 of a value, as HTTP says it (RFC 9530), so that both ends know that they have the
//! same bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use thiserror::Error;

const BYTES: usize = 32;

/// The SHA-256 of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReprDigest([u8; BYTES]);

/// It names SHA-256, and what follows is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("Repr-Digest must be like sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")]
pub struct ReprDigestError;

impl ReprDigest {
    /// What a value's digest stands in.
    pub const HEADER: HeaderName = HeaderName::from_static("repr-digest");
    /// What asks for one.
    pub const WANT_HEADER: HeaderName = HeaderName::from_static("want-repr-digest");
    /// Asks for this kind of it.
    pub const WANTED: HeaderValue = HeaderValue::from_static("sha-256=1");

    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The one that `headers` tell; digests of other kinds are passed over.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn read(headers: &HeaderMap) -> Result<Option<Self>, ReprDigestError> {
        for line in headers.get_all(Self::HEADER) {
            let line = line.to_str().map_err(|_| ReprDigestError)?;
            for member in line.split(',') {
                if let Some(("sha-256", value)) = member.trim().split_once('=') {
                    return Self::parse(value).map(Some).ok_or(ReprDigestError);
                }
            }
        }
        Ok(None)
    }

    fn parse(value: &str) -> Option<Self> {
        let encoded = value.strip_prefix(':')?.strip_suffix(':')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// It, as the header has it.
    #[must_use]
    pub fn header_value(&self) -> HeaderValue {
        let text = format!("sha-256=:{}:", STANDARD.encode(self.0));
        HeaderValue::try_from(text).unwrap_or_else(|error| unreachable!("base64: {error}"))
    }

    /// Whether `want`, a `Want-Repr-Digest`, asks for this kind.
    #[must_use]
    pub fn is_wanted(want: &str) -> bool {
        let members = want.split(',').filter_map(|member| member.trim().split_once('='));
        members.into_iter().any(|(kind, weight)| kind == "sha-256" && weight != "0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of nothing: FIPS 180-4's own example.
    const EMPTY: &str = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    fn read(line: &str) -> Result<Option<ReprDigest>, ReprDigestError> {
        let header = (ReprDigest::HEADER, line.parse().unwrap());
        ReprDigest::read(&HeaderMap::from_iter([header]))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let digest = ReprDigest::of(b"");
        assert_eq!(digest.header_value(), EMPTY);
        assert_eq!(read(EMPTY), Ok(Some(digest)));
        assert_eq!(read(&format!("md5=:AA==:, {EMPTY}")), Ok(Some(digest)));
        assert_eq!(read("sha-512=:AA==:"), Ok(None));
        assert_ne!(ReprDigest::of(b"a"), digest);
        for bad in ["sha-256=AA", "sha-256=:AA==:", "sha-256=:no base64!:"] {
            assert_eq!(read(bad), Err(ReprDigestError), "{bad}");
        }
    }

    #[test]
    fn it_may_be_wanted_among_others() {
        assert!(ReprDigest::is_wanted("sha-512=3, sha-256=10"));
        assert!(ReprDigest::is_wanted(ReprDigest::WANTED.to_str().unwrap()));
        assert!(!ReprDigest::is_wanted("sha-256=0, md5=1"));
        assert!(!ReprDigest::is_wanted(""));
    }
}
