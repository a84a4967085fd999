//! Requests of every form, for keys of every kind, good ones and bad ones.

use std::fmt::Write;

use super::ask::{Ask, Method};
use crate::random::Random;

/// In which forms a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// In every one.
    All,
    /// In one of them, by chance.
    OneEach,
}

/// The method, and what stands before and behind the key.
const FORMS: [(Method, &str, &str); 11] = [
    (Method::Get, "/kv/", ""),
    (Method::Get, "/kv/", "?ttl=60&x=%zz"),
    (Method::Head, "/kv/", ""),
    (Method::Put, "/kv/", ""),
    (Method::Delete, "/kv/", ""),
    (Method::Get, "/explain/", ""),
    (Method::Get, "/get?key=", ""),
    (Method::Get, "/get?x=1&key=", "&key=another"),
    (Method::Get, "/get?keys=%zz&&=&key=", "&key"),
    (Method::Put, "/put?value=a%20b&key=", ""),
    (Method::Delete, "/del?key=", ""),
];
/// What may stand in a target unescaped, some of it with a meaning.
const BARE: &[u8] = b"abcXYZ019-._~!$'()*,:@/+&=?;/+/";
/// What is no escape, or no UTF-8, and what only looks like it.
const PIECES: [&str; 16] = [
    "%",
    "%4",
    "%zz",
    "%%41",
    "%+1",
    "%u00e9",
    "%ff",
    "%C3%28",
    "%C0%80",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%c3%A9",
    "%00",
    "%0D%0a",
    "%25",
    "a",
];

/// The requests for key `number`, or for an id now and then: always the same.
pub(super) fn asks(number: u64, forms: Forms) -> Vec<Ask> {
    let mut random = Random::new(number);
    if random.below(16) == 0 {
        let target = format!("/map_request?id={}", id(&mut random));
        return vec![Ask { method: Method::Get, target }];
    }
    let chosen = usize::try_from(random.below(FORMS.len() as u64)).unwrap_or_default();
    let key = key(&mut random);
    let ask =
        |&(method, before, after): &_| Ask { method, target: format!("{before}{key}{after}") };
    match forms {
        Forms::All => FORMS.iter().map(ask).collect(),
        Forms::OneEach => FORMS.get(chosen).map(ask).into_iter().collect(),
    }
}

fn key(random: &mut Random) -> String {
    let mut key = String::new();
    match random.below(8) {
        0 => (0..random.below(24)).for_each(|_| escape(&mut key, random.byte(), random)),
        1 | 2 => (0..=random.below(24)).for_each(|_| character(&mut key, random)),
        3 | 4 => (0..=random.below(40)).for_each(|_| bare(&mut key, random)),
        5 => (0..random.below(5)).for_each(|_| {
            let piece = usize::try_from(random.below(PIECES.len() as u64)).unwrap_or_default();
            key += PIECES.get(piece).copied().unwrap_or_default();
        }),
        6 => (0..1020 + random.below(8)).for_each(|_| key.push('k')),
        _ => (0..1020 + random.below(8)).for_each(|_| escape(&mut key, b'k', random)),
    }
    key
}

fn id(random: &mut Random) -> String {
    let number = random.next();
    match random.below(6) {
        0 => format!("{number}"),
        1 => format!("-{}", number % 1_000_000_000_000_000_000),
        2 => format!("00{}", number % 1000),
        3 => format!("%3{}+", number % 10),
        4 => format!("{}.0", number % 1000),
        _ => format!("{}", number % 1_000_000_000_000_000_000),
    }
}

/// A character of any script, escaped in either case.
fn character(key: &mut String, random: &mut Random) {
    let number = match random.below(4) {
        0 => random.below(0x80),
        1 => random.below(0x800),
        2 => random.below(0x1_0000),
        _ => random.below(0x11_0000),
    };
    let character = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        if byte.is_ascii_alphanumeric() && random.below(2) == 0 {
            key.push(char::from(byte));
        } else {
            escape(key, byte, random);
        }
    }
}

fn bare(key: &mut String, random: &mut Random) {
    let place = usize::try_from(random.below(BARE.len() as u64)).unwrap_or_default();
    let byte = BARE.get(place).copied().unwrap_or(b'a');
    match random.below(8) {
        0 => escape(key, byte, random),
        // Rarely, or hardly any query would be without one.
        _ if byte == b';' && random.below(8) > 0 => key.push('/'),
        _ => key.push(char::from(byte)),
    }
}

fn escape(key: &mut String, byte: u8, random: &mut Random) {
    let written = match random.below(2) {
        0 => write!(key, "%{byte:02x}"),
        _ => write!(key, "%{byte:02X}"),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}
