//! The number that `/map_request` maps to a server.

use alloc::string::{String, ToString};
use core::fmt;

use serde::Serialize;

use crate::{Key, NodeId};

/// The longest id, in digits: what every evaluator's integers hold without overflow.
const MAX_DIGITS: usize = 18;

/// An integer of up to 18 digits. It is mapped as the key of its decimal form, so
/// `007` and `7` are the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RequestId(i64);

impl RequestId {
    /// The id with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Reads an optional `-` and 1 to 18 digits; anything else is no id.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        if digits.len() > MAX_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        core::str::from_utf8(text).ok()?.parse().ok().map(Self)
    }

    /// The key that this id is mapped as.
    #[must_use]
    pub fn key(self) -> Key<'static> {
        // Never empty, never long.
        Key::new(self.0.to_string()).unwrap_or_else(|error| unreachable!("{self}: {error}"))
    }

    /// The body that answers `/map_request`, from the edge and from a node alike.
    #[must_use]
    pub fn reply(self, mapped_server: &NodeId) -> String {
        #[derive(Serialize)]
        struct Reply<'r> {
            request_id: RequestId,
            mapped_server: &'r NodeId,
        }
        let reply = Reply { request_id: self, mapped_server };
        // A number and a string: nothing in them can fail.
        serde_json::to_string(&reply).unwrap_or_else(|error| unreachable!("{error}"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_up_to_18_digits_with_or_without_a_minus() {
        let limit = 999_999_999_999_999_999;
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("007", 7),
            ("-7", -7),
            ("999999999999999999", limit),
            ("-999999999999999999", -limit),
            ("000000000000000001", 1),
        ] {
            assert_eq!(RequestId::parse(text.as_bytes()), Some(RequestId::new(number)), "{text}");
        }
        for text in [
            "",
            "-",
            "--1",
            "+1",
            "1-",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "٧",
            "1000000000000000000",
        ] {
            assert_eq!(RequestId::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(RequestId::parse(b"\xff"), None);
    }

    #[test]
    fn an_id_is_mapped_as_its_decimal_form_and_any_number_has_one() {
        assert_eq!(RequestId::parse(b"007").unwrap().key(), Key::new("7").unwrap());
        for number in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(RequestId::new(number).key().as_str(), number.to_string());
        }
    }

    #[test]
    fn the_reply_names_the_number_and_the_server() {
        let reply = RequestId::new(-7).reply(&"n3".parse().unwrap());
        let reply: serde_json::Value = serde_json::from_str(&reply).unwrap();
        assert_eq!(reply, serde_json::json!({ "request_id": -7, "mapped_server": "n3" }));
    }
}
