//! On which condition something is written.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue};

/// The flags of a write that say what must be there.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PutCondition {
    #[command(flatten)]
    match_: MatchArg,
    /// Only where nothing is stored under the key.
    #[arg(long, conflicts_with = "if_match")]
    if_absent: bool,
}

/// The flag of every write that says what must be there.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct MatchArg {
    /// Only where this version is there, as `put` and `get --json` tell it; `*` for any.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    if_match: Option<HeaderValue>,
}

impl MatchArg {
    /// The header that says so.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        self.if_match.clone().map(|version| (IF_MATCH, version))
    }
}

impl PutCondition {
    /// The condition that nothing is there, or none.
    pub(crate) fn absent(if_absent: bool) -> Self {
        Self { if_absent, ..Self::default() }
    }

    /// The header that says so.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        if self.if_absent {
            return Some((IF_NONE_MATCH, HeaderValue::from_static("*")));
        }
        self.match_.header()
    }
}

/// With or without the quotes that HTTP puts around it.
fn version(text: &str) -> Result<HeaderValue, &'static str> {
    const EXPECTED: &str = "it must be a version like 1.1.2750671382.1, or *";
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let is_version = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    match bare {
        "*" => Ok(HeaderValue::from_static("*")),
        _ if !bare.is_empty() && bare.bytes().all(is_version) => {
            HeaderValue::try_from(format!("\"{bare}\"")).map_err(|_| EXPECTED)
        }
        _ => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_be_quoted_as_http_has_it() {
        for (text, sent) in [("1.1.7.1", "\"1.1.7.1\""), ("\"1.2\"", "\"1.2\""), ("*", "*")] {
            assert_eq!(version(text).unwrap(), sent);
        }
        for text in ["", "\"\"", "W/\"1\"", "newest", "1.1\"", "1\n2"] {
            assert!(version(text).is_err(), "{text:?}");
        }
    }
}
