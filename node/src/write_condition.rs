//! `If-Match` and `If-None-Match` of a request that writes (RFC 9110 §13.1).

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use ringway_replica::{Condition, Version};
use thiserror::Error;

/// On which condition a client wants something written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteCondition {
    /// In any case.
    None,
    /// `If-Match: "version"`: only over the value of this version.
    Match(Version),
    /// `If-Match: *`: only over some value.
    Present,
    /// `If-None-Match: *`: only where there is no value.
    Absent,
}

impl WriteCondition {
    /// The condition of a `PUT`.
    ///
    /// # Errors
    /// When the headers say something that can't be decided, or isn't supported: a write
    /// whose condition is not understood must not happen.
    pub(crate) fn of_put(headers: &HeaderMap) -> Result<Self, ConditionError> {
        match (single(headers, &IF_MATCH)?, single(headers, &IF_NONE_MATCH)?) {
            (None, None) => Ok(Self::None),
            (Some(tag), None) => if_match(tag),
            (None, Some("*")) => Ok(Self::Absent),
            (None, Some(_)) => Err(ConditionError::NotAny),
            (Some(_), Some(_)) => Err(ConditionError::Both),
        }
    }

    /// The condition of a `DELETE`.
    ///
    /// # Errors
    /// As [`WriteCondition::of_put`].
    pub(crate) fn of_delete(headers: &HeaderMap) -> Result<Self, ConditionError> {
        if headers.contains_key(IF_NONE_MATCH) {
            return Err(ConditionError::DeleteNothing);
        }
        single(headers, &IF_MATCH)?.map_or(Ok(Self::None), if_match)
    }

    /// What the protocol is asked first. For [`WriteCondition::Present`] that is a version
    /// which no value has: the refusal tells which one is there, and with that one it is
    /// asked again.
    pub(crate) fn first_asked(self) -> Condition {
        match self {
            Self::None => Condition::None,
            Self::Match(version) => Condition::Match(version),
            Self::Present => Condition::Match(Version::BOTTOM),
            Self::Absent => Condition::Absent,
        }
    }
}

/// The value of `name`, which must stand there once.
fn single<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h str>, ConditionError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ConditionError::Several);
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| ConditionError::NotAnETag)
}

fn if_match(text: &str) -> Result<WriteCondition, ConditionError> {
    if text == "*" {
        return Ok(WriteCondition::Present);
    }
    let (is_weak, quoted) = match text.strip_prefix("W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let (tag, rest) = quoted
        .strip_prefix('"')
        .and_then(|opened| opened.split_once('"'))
        .ok_or(ConditionError::NotAnETag)?;
    match rest.trim_start().bytes().next() {
        None => {}
        Some(b',') => return Err(ConditionError::Several),
        Some(_) => return Err(ConditionError::NotAnETag),
    }
    // An ETag that no node ever gave matches nothing, and neither does a weak one, by the
    // strong comparison that If-Match asks for.
    let version = tag.parse().ok().filter(|_| !is_weak);
    Ok(WriteCondition::Match(version.unwrap_or(Version::BOTTOM)))
}

/// Why the condition of a write is refused. Nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ConditionError {
    /// `If-Match` holds neither an `ETag` nor a star.
    #[error("If-Match must be one ETag in quotes, as it was received, or *")]
    NotAnETag,
    /// More than one `ETag`, or the header more than once.
    #[error("a condition names one ETag; send a request for each")]
    Several,
    /// `If-None-Match` of a `PUT` with something other than a star.
    #[error("If-None-Match of a PUT must be *: only where nothing is stored")]
    NotAny,
    /// `If-None-Match` of a `DELETE`.
    #[error("a DELETE takes If-Match only")]
    DeleteNothing,
    /// Both headers.
    #[error("If-Match and If-None-Match exclude each other: send one of them")]
    Both,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn put(lines: &[(HeaderName, &str)]) -> Result<WriteCondition, ConditionError> {
        WriteCondition::of_put(&headers(lines))
    }

    #[test]
    fn a_condition_is_an_etag_or_a_star() {
        let version = "1.2.3.4".parse().unwrap();
        let nothing = WriteCondition::Match(Version::BOTTOM);
        assert_eq!(put(&[]), Ok(WriteCondition::None));
        assert_eq!(put(&[(IF_NONE_MATCH, "*")]), Ok(WriteCondition::Absent));
        for (text, condition) in [
            ("\"1.2.3.4\"", WriteCondition::Match(version)),
            (" \"1.2.3.4\" ", WriteCondition::Match(version)),
            ("*", WriteCondition::Present),
            ("W/\"1.2.3.4\"", nothing),
            ("\"another server's\"", nothing),
            ("\"a,b\"", nothing),
            ("\"\"", nothing),
        ] {
            assert_eq!(put(&[(IF_MATCH, text)]), Ok(condition), "{text}");
            let delete = WriteCondition::of_delete(&headers(&[(IF_MATCH, text)]));
            assert_eq!(delete, Ok(condition), "{text}");
        }
    }

    #[test]
    fn a_condition_that_is_not_understood_is_refused() {
        for text in ["", "1.2.3.4", "\"", "\"1.2.3.4", "1\"", "w/\"1\"", "\"1\" \"2\"", "*, *", "ü"]
        {
            assert_eq!(put(&[(IF_MATCH, text)]), Err(ConditionError::NotAnETag), "{text}");
        }
        let two = [(IF_MATCH, "\"1.1.1.1\""), (IF_MATCH, "\"1.1.1.2\"")];
        assert_eq!(put(&two), Err(ConditionError::Several));
        assert_eq!(put(&[(IF_MATCH, "\"1\" , \"2\"")]), Err(ConditionError::Several));
        assert_eq!(put(&[(IF_NONE_MATCH, "\"1\"")]), Err(ConditionError::NotAny));
        let both = [(IF_MATCH, "\"1\""), (IF_NONE_MATCH, "*")];
        assert_eq!(put(&both), Err(ConditionError::Both));
        let delete = WriteCondition::of_delete(&headers(&[(IF_NONE_MATCH, "*")]));
        assert_eq!(delete, Err(ConditionError::DeleteNothing));
    }
}
