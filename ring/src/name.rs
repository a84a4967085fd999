//! The one grammar of names that operators give to nodes and zones.

/// The longest name: a DNS label's length.
const MAX_NAME_BYTES: usize = 63;

/// Whether `text` is 1 to 63 of the characters `A-Z a-z 0-9 . _ -`.
pub(crate) fn is_valid(text: &str) -> bool {
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_name_byte)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn names_need_no_escaping_anywhere() {
        for text in ["n1", "DefaultServer", "rack-7.eu_west", &"x".repeat(63)] {
            assert!(is_valid(text), "{text}");
        }
        for text in ["", "a b", "a:b", "a,b", "a/b", "é", "a\n", &"x".repeat(64)] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
