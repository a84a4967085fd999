//! A request's target as it stood in the request line.

use std::borrow::Cow;

use ringway_ring::{RequestTarget, TargetError, query_parameter};
use warp::path::FullPath;

use crate::refusal::Refusal;

/// Path and query, neither decoded.
#[derive(Debug)]
pub(crate) struct RawTarget {
    /// Up to the first `?`.
    pub path: FullPath,
    /// What follows it.
    pub query: Option<String>,
}

impl RawTarget {
    /// The path.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        self.path.as_str()
    }

    /// Both, as [`RequestTarget::parse`] wants them.
    #[must_use]
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match &self.query {
            None => self.path().as_bytes().into(),
            Some(query) => [self.path(), "?", query].concat().into_bytes().into(),
        }
    }

    /// The first value of `name` in the query, decoded.
    ///
    /// # Errors
    /// When it is badly escaped or no text.
    pub(crate) fn parameter(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        let query = self.query.as_deref().unwrap_or_default();
        let Some(value) = query_parameter(query.as_bytes(), name) else { return Ok(None) };
        let expected = "percent-encoded UTF-8";
        value
            .ok()
            .and_then(|value| String::from_utf8(value.into_owned()).ok())
            .map(Some)
            .ok_or(Refusal::Parameter { name, expected })
    }

    /// The first value of `name` in the query, as a number.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, Refusal> {
        let refusal = Refusal::Parameter { name, expected: "a whole number" };
        match self.parameter(name)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| refusal),
        }
    }

    /// Refuses what every reader of targets refuses, where the target names no key.
    ///
    /// # Errors
    /// As [`RequestTarget::parse`].
    pub(crate) fn check(&self) -> Result<(), TargetError> {
        RequestTarget::parse(&self.bytes()).map(|_| ())
    }
}
