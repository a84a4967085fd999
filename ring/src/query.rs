//! Query strings as forms write them.

use alloc::borrow::Cow;

use crate::percent::{self, BadEscape, Plus};

/// The first value of `name` in `query`, decoded as a form's: `+` is a space, and
/// nothing where there is no `=`. Names are compared as they stand.
///
/// ```
/// let value = ringway_ring::query_parameter(b"key=a&value=b+c%21", "value");
/// assert_eq!(value.unwrap().unwrap(), b"b c!".as_slice());
/// ```
#[must_use]
pub fn query_parameter<'q>(
    query: &'q [u8],
    name: &str,
) -> Option<Result<Cow<'q, [u8]>, BadEscape>> {
    raw_parameter(query, name.as_bytes()).map(|value| percent::decode(value, Plus::Space))
}

/// The first value of `name` in `query`, still encoded; empty where it has no `=`.
/// Names are compared as they stand: HAProxy's `url_param` does not decode them.
pub(crate) fn raw_parameter<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query
        .split(|&byte| byte == b'&')
        .map(|pair| split_once(pair, b'='))
        .find_map(|(found, value)| (found == name).then_some(value.unwrap_or_default()))
}

pub(crate) fn split_once(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    let mut parts = text.splitn(2, |&byte| byte == separator);
    (parts.next().unwrap_or_default(), parts.next())
}
