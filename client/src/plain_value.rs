//! Values in the one-object file, `{"key": "value"}`, whose values are text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands before a value that is no text: it is a data URL (RFC 2397) then. A text that
/// begins like that is written as one too, so that each is read back as it was.
const ENCODED: &str = "data:;base64,";

/// `bytes` as text of the one-object file.
#[must_use]
pub fn to_plain(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.starts_with(ENCODED) => text.to_owned(),
        _ => format!("{ENCODED}{}", STANDARD.encode(bytes)),
    }
}

/// What `text` of the one-object file stands for.
#[must_use]
pub fn from_plain(text: String) -> Vec<u8> {
    let decoded = text.strip_prefix(ENCODED).and_then(|encoded| STANDARD.decode(encoded).ok());
    decoded.unwrap_or_else(|| text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_and_text_stays_text() {
        assert_eq!(to_plain("Moin ü".as_bytes()), "Moin ü");
        assert_eq!(to_plain(&[0xFF, 0]), "data:;base64,/wA=");
        for value in [&b""[..], b"text", b"\xFF\x00", b"data:;base64,", b"data:;base64,QQ=="] {
            assert_eq!(from_plain(to_plain(value)), value);
        }
        assert_eq!(from_plain("data:;base64,not!".into()), b"data:;base64,not!");
    }
}
