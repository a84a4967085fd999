//! Percent-encoding (RFC 3986 §2.1), decoded strictly: every evaluator must find the
//! same key bytes or the same refusal.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use thiserror::Error;

/// How `+` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// As itself: in a path.
    Literal,
    /// As a space: in a query, as forms write it.
    Space,
}

/// A `%` that two hexadecimal digits don't follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a '%' is not followed by two hexadecimal digits")]
pub struct BadEscape;

/// The bytes that `text` stands for; borrowed where nothing is escaped.
pub(crate) fn decode(text: &[u8], plus: Plus) -> Result<Cow<'_, [u8]>, BadEscape> {
    let is_special = |&byte: &u8| byte == b'%' || (byte == b'+' && plus == Plus::Space);
    if !text.iter().any(is_special) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'%' => {
                let high = rest.next().and_then(hex_digit).ok_or(BadEscape)?;
                let low = rest.next().and_then(hex_digit).ok_or(BadEscape)?;
                high << 4 | low
            }
            b'+' if plus == Plus::Space => b' ',
            _ => byte,
        });
    }
    Ok(Cow::Owned(decoded))
}

/// `text` as it can stand in a path, or as a value in a query: everything but the unreserved characters of
/// RFC 3986 §2.3 and `/` is escaped. What an HTTP client sends as `/kv/{encoded}`
/// is read back as `text`.
///
/// ```
/// assert_eq!(ringway_ring::encode_path("a b/ü"), "a%20b/%C3%BC");
/// ```
#[must_use]
pub fn encode_path(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let written = write!(encoded, "%{byte:02X}");
                debug_assert!(written.is_ok(), "writing to a String does not fail");
            }
        }
    }
    encoded
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_escaped_is_borrowed() {
        assert!(matches!(decode(b"a/b+c", Plus::Literal), Ok(Cow::Borrowed(b"a/b+c"))));
        assert!(matches!(decode(b"a/b", Plus::Space), Ok(Cow::Borrowed(b"a/b"))));
        assert_eq!(decode(b"a+b", Plus::Space).unwrap(), &b"a b"[..]);
    }

    #[test]
    fn every_byte_is_decoded_from_digits_of_either_case_once() {
        for byte in 0..=u8::MAX {
            for text in [alloc::format!("%{byte:02x}"), alloc::format!("%{byte:02X}")] {
                assert_eq!(decode(text.as_bytes(), Plus::Space).unwrap(), [byte].as_slice());
            }
        }
        assert_eq!(decode(b"%2541%2B", Plus::Space).unwrap(), &b"%41+"[..]);
    }

    #[test]
    fn an_escape_needs_two_hexadecimal_digits() {
        for text in ["%", "a%", "%4", "%4%", "%%41", "%g0", "%0g", "%+1", "% 1", "%\u{ff11}1"] {
            assert_eq!(decode(text.as_bytes(), Plus::Literal), Err(BadEscape), "{text}");
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_itself_whatever_plus_means() {
        let all: String = (0..=0x10_ffff).step_by(7).filter_map(char::from_u32).collect();
        let encoded = encode_path(&all);
        let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
        assert!(encoded.bytes().all(stays));
        for plus in [Plus::Literal, Plus::Space] {
            assert_eq!(decode(encoded.as_bytes(), plus).unwrap(), all.as_bytes());
        }
    }
}
