//! Tokens that were good once.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::random::Random;
use crate::tokens::{Forger, hmac};

/// Bytes that mean something to those who read headers and tokens. No CR: Envoy takes one out of a
/// value, and what it reads, and sends on, is then the token that was good.
const TELLING: &[u8] = b".=+/-_ \t\n\x00\x7f\xff,;\"'%Aa0\\{}";
const ALGORITHMS: [&str; 14] = [
    "\"none\"",
    "\"None\"",
    "\"NONE\"",
    "\"nOnE\"",
    "\"HS256\"",
    "\"HS384\"",
    "\"HS512\"",
    "\"RS384\"",
    "\"RS512\"",
    "\"PS256\"",
    "\"ES256\"",
    "\"\"",
    "null",
    "[\"RS256\"]",
];
/// None of them is a time that a token can have; as JSON.
const TIMES: [&str; 12] = [
    "-1",
    "0",
    "1.5",
    "4102444800.5",
    "1e30",
    "18446744073709551616",
    "-9223372036854775809",
    "\"4102444800\"",
    "null",
    "[]",
    "{}",
    "true",
];

/// Makes tokens that are none of one that is good.
pub(crate) struct TokenMutator<'a> {
    pub(crate) good: &'a str,
    pub(crate) forger: &'a Forger,
}

impl TokenMutator<'_> {
    /// What was done, and the lines of a head that come of it.
    pub(crate) fn next(&self, random: &mut Random) -> (&'static str, Vec<u8>) {
        let [header, payload, signature] = self.good.split('.').collect::<Vec<_>>()[..] else {
            panic!("{}", self.good)
        };
        let (kind, token) = match random.below(12) {
            0 => ("a bit turned", self.turned(random)),
            1 => ("cut", self.good.as_bytes()[..usize_below(random, self.good.len())].to_vec()),
            2 => ("a byte put in", self.put_in(random)),
            3 => ("parts swapped", self.swapped(random).into_bytes()),
            4 => ("another algorithm", self.other_algorithm(random, payload, signature)),
            5 => ("written otherwise", other_base64(random, [header, payload, signature])),
            6 => return ("two headers", self.two_headers(random)),
            7 => ("another kid", self.other_kid(random)),
            8 => ("impossible times", self.other_times(random)),
            9 => ("nested", self.nested(random, payload, signature)),
            10 => ("long", long(random)),
            _ => return ("another scheme", self.other_scheme(random)),
        };
        // What is trimmed of white space must not be good again.
        assert_ne!(token.trim_ascii(), self.good.as_bytes(), "{kind}");
        (kind, [b"authorization: Bearer ", &*token, b"\r\n"].concat())
    }

    fn turned(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.good.as_bytes().to_vec();
        let at = usize_below(random, bytes.len());
        bytes[at] ^= 1 << random.below(8);
        bytes
    }

    /// In its midst, so that it is no white space around it.
    fn put_in(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.good.as_bytes().to_vec();
        let at = 1 + usize_below(random, bytes.len() - 1);
        bytes.insert(at, *pick(random, TELLING));
        bytes
    }

    fn swapped(&self, random: &mut Random) -> String {
        let parts: Vec<_> = self.good.split('.').collect();
        loop {
            let count = random.below(6);
            let part = |_| match random.below(4) {
                3 => "",
                part => parts[usize::try_from(part).unwrap()],
            };
            let swapped = (0..count).map(part).collect::<Vec<_>>().join(".");
            if swapped != self.good {
                return swapped;
            }
        }
    }

    fn other_algorithm(&self, random: &mut Random, payload: &str, signature: &str) -> Vec<u8> {
        let header = format!(
            r#"{{"typ":"JWT","alg":{},"kid":"{}"}}"#,
            pick(random, &ALGORITHMS),
            self.forger.kid()
        );
        let head = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
        let signature = match random.below(4) {
            0 => String::new(),
            1 => signature.to_owned(),
            2 => self.forger.signature(&head),
            _ => {
                let secrets = self.forger.public_forms();
                hmac(&head, &secrets[usize_below(random, secrets.len())])
            }
        };
        format!("{head}.{signature}").into_bytes()
    }

    /// Signed as tokens are, by a key that is called otherwise, or by one that is not called.
    fn other_kid(&self, random: &mut Random) -> Vec<u8> {
        let kid = self.forger.kid();
        let kids = [
            json!(null),
            json!(""),
            json!(7),
            json!([kid]),
            json!({ "kid": kid }),
            json!("../../../../etc/passwd"),
            json!("/dev/null"),
            json!(format!("{kid}\u{0}")),
            json!(format!("{kid} ")),
            json!(kid.to_lowercase()),
            json!("x".repeat(3000)),
            json!("' or ''='"),
            json!("${RINGWAY_KID_1}"),
            json!(&kid[..kid.len() - 1]),
        ];
        let mut header = json!({ "typ": "JWT", "alg": "RS256" });
        match random.below(4) {
            0 => {}
            1 => {
                header["jwk"] = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "mine" });
                header["kid"] = json!("mine");
            }
            _ => header["kid"] = pick(random, &kids).clone(),
        }
        let payload = self.good.split('.').nth(1).unwrap();
        self.signed(&header.to_string(), &URL_SAFE_NO_PAD.decode(payload).unwrap())
    }

    /// Signed as tokens are.
    fn other_times(&self, random: &mut Random) -> Vec<u8> {
        let payload = self.good.split('.').nth(1).unwrap();
        let mut claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let name = *pick(random, &["exp", "nbf", "since", "auth_time"]);
        let time = *pick(random, &TIMES);
        if random.below(8) == 0 {
            claims.as_object_mut().unwrap().remove(name);
        } else if (name, time) == ("nbf", "0") || name == "auth_time" && time == "0" {
            // Good since ever is good.
            claims["exp"] = json!(1);
        } else {
            claims[name] = json!("THE TIME");
        }
        let payload = claims.to_string().replace("\"THE TIME\"", time);
        self.signed(&self.forger.header(), payload.as_bytes())
    }

    fn nested(&self, random: &mut Random, payload: &str, signature: &str) -> Vec<u8> {
        let depth = 1 + usize_below(random, 5000);
        let (open, close) = *pick(random, &[("[", "]"), ("{\"alg\":", "}"), ("{\"exp\":[", "]}")]);
        let depth = depth / open.len();
        let json = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        if random.below(2) == 0 {
            let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.forger.kid() });
            let header = header.to_string().replace("\"JWT\"", &json);
            // What nobody has to read it may hold: only where it is too deep is it refused.
            let head = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
            return format!("{head}.{signature}").into_bytes();
        }
        self.signed(&self.forger.header(), json.as_bytes())
    }

    fn two_headers(&self, random: &mut Random) -> Vec<u8> {
        let bad =
            String::from_utf8_lossy(&self.good.as_bytes()[..usize_below(random, self.good.len())]);
        let pair = match random.below(3) {
            0 => [&*bad, self.good],
            1 => [self.good, &*bad],
            _ => [self.good, self.good],
        };
        let names = ["authorization", "Authorization", "AUTHORIZATION"];
        let line = |token: &str| {
            let name = pick(random, &names);
            format!("{name}: Bearer {token}\r\n")
        };
        pair.map(line).concat().into_bytes()
    }

    fn other_scheme(&self, random: &mut Random) -> Vec<u8> {
        let good = self.good;
        let value = match random.below(12) {
            0 => good.to_owned(),
            1 => "Bearer".to_owned(),
            2 => "Bearer ".to_owned(),
            3 => format!("Basic {good}"),
            4 => format!("Basic {}", STANDARD.encode(format!("admin:{good}"))),
            5 => format!("Bearer,{good}"),
            6 => format!("Bearer={good}"),
            7 => format!("Bearer{good}"),
            8 => format!("Bearer {good}, Bearer {good}"),
            9 => format!("Bearer {good} {}", random.below(1000)),
            10 => format!("Bearer \"{good}\""),
            _ => format!("Token {good}"),
        };
        let name = *pick(random, &["authorization", "Authorization", "x-authorization", "cookie"]);
        format!("{name}: {value}\r\n").into_bytes()
    }

    fn signed(&self, header: &str, payload: &[u8]) -> Vec<u8> {
        let head =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.forger.signature(&head);
        format!("{head}.{signature}").into_bytes()
    }
}

/// The same bytes in base64 that is not the one that there is: unused bits set, padded, or by
/// the other alphabet.
fn other_base64(random: &mut Random, parts: [&str; 3]) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let which = usize_below(random, 3);
    let mut parts = parts.map(str::to_owned);
    let part = &mut parts[which];
    match random.below(4) {
        0 if !part.len().is_multiple_of(4) => {
            let last = part.pop().unwrap();
            let value = ALPHABET.iter().position(|it| char::from(*it) == last).unwrap();
            let unused = if part.len() % 4 == 1 { 15 } else { 3 };
            let set = 1 + usize_below(random, unused);
            part.push(char::from(ALPHABET[value ^ set]));
        }
        1 if part.contains(['-', '_']) => *part = part.replace('-', "+").replace('_', "/"),
        2 => part.insert(usize_below(random, part.len()), '='),
        _ => {
            let more = *pick(random, &["=", "==", "====", "%3D", "A", "AAAA"]);
            part.push_str(more);
        }
    }
    parts.join(".").into_bytes()
}

fn long(random: &mut Random) -> Vec<u8> {
    let length = 4000 + usize_below(random, 100_000);
    let mut token = vec![b'A'; length];
    for _ in 0..2 {
        let at = usize_below(random, length);
        token[at] = b'.';
    }
    token
}

pub(crate) fn usize_below(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(u64::try_from(end).unwrap())).unwrap()
}

pub(crate) fn pick<'a, T>(random: &mut Random, from: &'a [T]) -> &'a T {
    &from[usize_below(random, from.len())]
}
