//! Which key a request is about, read from its target (RFC 9112 §3.2).
//!
//! Specified once, here: filter, HAProxy and node must find the same key or refuse
//! with the same code. `ring/vectors/request_targets.json` is what they all run.

use alloc::string::String;

use thiserror::Error;

use crate::percent::{self, BadEscape, Plus};
use crate::query::{raw_parameter, split_once};
use crate::request_id::RequestId;
use crate::{Key, KeyError, error_body};

/// What a request's target is about.
///
/// | target | is |
/// | --- | --- |
/// | `/kv/{key}`, `/explain/{key}` | the key: the rest of the path, slashes kept, percent-decoded |
/// | `/put`, `/get`, `/del` with `?key=` | the key: the first `key` of the query, percent-decoded, `+` read as a space |
/// | `/map_request?id=` | the id: the first `id` of the query |
/// | anything else | unkeyed: any node answers it |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestTarget<'t> {
    /// One key: its holders answer.
    Key(Key<'t>),
    /// A number to be mapped to a server: who reads the ring answers.
    MapRequest(RequestId),
    /// No key: any node answers.
    Unkeyed,
}

impl<'t> RequestTarget<'t> {
    /// Reads `target`, the path with its query as it stood in the request line.
    ///
    /// ```
    /// use ringway_ring::{Key, RequestTarget};
    ///
    /// let target = RequestTarget::parse(b"/kv/europe/M%C3%BCnchen?ttl=60")?;
    /// assert_eq!(target, RequestTarget::Key(Key::new("europe/München")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the target names a key or an id in a way that not everybody would read
    /// alike, or that is none.
    pub fn parse(target: &'t [u8]) -> Result<Self, TargetError> {
        if !target.iter().copied().all(may_stand) {
            return Err(TargetError::ForbiddenByte);
        }
        let (path, query) = split_once(target, b'?');
        let query = query.unwrap_or_default();
        if query.contains(&b';') {
            return Err(TargetError::SemicolonInQuery);
        }
        match path {
            b"/put" | b"/get" | b"/del" => {
                let value = raw_parameter(query, b"key").ok_or(TargetError::KeyMissing)?;
                key(value, Plus::Space)
            }
            b"/map_request" => match raw_parameter(query, b"id") {
                None | Some(b"") => Err(TargetError::IdMissing),
                Some(value) => RequestId::parse(&percent::decode(value, Plus::Space)?)
                    .map(Self::MapRequest)
                    .ok_or(TargetError::IdNotInteger),
            },
            _ => match path.strip_prefix(b"/kv/").or_else(|| path.strip_prefix(b"/explain/")) {
                Some(rest) => key(rest, Plus::Literal),
                None => Ok(Self::Unkeyed),
            },
        }
    }
}

fn key(encoded: &[u8], plus: Plus) -> Result<RequestTarget<'_>, TargetError> {
    Ok(RequestTarget::Key(Key::from_bytes(percent::decode(encoded, plus)?)?))
}

/// Whether `byte` may stand in a target. Proxies and servers differ in which of the
/// others they let pass (RFC 3986 appendix A has none of them), so nothing does.
const fn may_stand(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// Why a target is refused. Every refusal is a 400 with [`TargetError::body`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// A space, a control character, a byte that isn't ASCII, or one of
    /// ``# " < > \ ^ ` { | }``: a URI has them only escaped.
    #[error("the request target has a character that must be percent-encoded")]
    ForbiddenByte,
    /// Some parsers separate parameters at `;`, others don't.
    #[error("the query has a ';': separate parameters with '&', or write %3B")]
    SemicolonInQuery,
    /// A `%` that two hexadecimal digits don't follow.
    #[error("the request target has a '%' that two hexadecimal digits don't follow")]
    BadEscape,
    /// The query has no `key`.
    #[error("the query has no key: write ?key=")]
    KeyMissing,
    /// What the target names is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The query has no `id`. The sentence is what clients of the earlier load
    /// balancers know.
    #[error("Request ID is required")]
    IdMissing,
    /// The query's `id` is no integer.
    #[error("Request ID must be an integer of at most 18 digits")]
    IdNotInteger,
}

impl TargetError {
    /// The stable name of this refusal, the `code` of its body.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForbiddenByte => "bad_target",
            Self::SemicolonInQuery => "bad_query",
            Self::BadEscape => "bad_escape",
            Self::KeyMissing => "key_missing",
            Self::Key(KeyError::Empty) => "key_empty",
            Self::Key(KeyError::TooLong { .. }) => "key_too_long",
            Self::Key(KeyError::InvalidUtf8) => "invalid_utf8",
            Self::IdMissing => "id_missing",
            Self::IdNotInteger => "id_not_integer",
        }
    }

    /// The JSON that answers, from the edge and from a node alike.
    #[must_use]
    pub fn body(&self) -> String {
        error_body(self, self.code())
    }
}

impl From<BadEscape> for TargetError {
    fn from(BadEscape: BadEscape) -> Self {
        Self::BadEscape
    }
}
