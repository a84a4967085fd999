//! The keys that sign tokens, as they lie on disks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ringway_auth::{Claims, SealedFor, SealingKey, SigningKey};
use serde_json::{Value, json};

use crate::auth::{PASSWORD, ask, login, peer_of_n1, place};
use crate::place::SECRET;
use crate::process::write_private;

const BEGIN: &str = "-----BEGIN SEALED PRIVATE KEY-----\n";
const END: &str = "\n-----END SEALED PRIVATE KEY-----\n";
/// So much of a number is nowhere by chance.
const WINDOW: usize = 16;

/// Every file of `directory`, with what is in it, but for the zeros at its end.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let mut bytes = fs::read(entry.path()).unwrap();
            bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
            found.push((entry.path(), bytes));
        }
    }
    found
}

/// What is sealed in `bytes`, as it is written there.
fn sealed(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = text.split(BEGIN).skip(1).filter_map(|rest| rest.split_once(END));
    blocks.map(|(block, _)| format!("{BEGIN}{block}{END}")).collect()
}

/// The whole numbers in DER, however deep: of an RSA key in PKCS #8 these are its version, twice,
/// modulus and exponent, and then what is private.
fn numbers(mut der: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let [tag, length, rest @ ..] = der {
        let wide = if *length < 0x80 { 0 } else { usize::from(length & 0x7f) };
        let (digits, rest) = rest.split_at(wide);
        let many = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        let length = if wide == 0 { usize::from(*length) } else { many };
        let (inside, next) = rest.split_at(length);
        match tag {
            0x02 => found.push(inside.to_vec()),
            0x04 | 0x30 => found.extend(numbers(inside)),
            _ => {}
        }
        der = next;
    }
    found
}

/// Whatever would give away a part of what is private in `pem`, raw or as text.
fn telling(pem: &str) -> BTreeSet<[u8; WINDOW]> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let numbers = numbers(&STANDARD.decode(base64).unwrap());
    let [_, _, modulus, _, private @ ..] = &numbers[..] else { panic!("{}", numbers.len()) };
    assert_eq!((private.len(), modulus.len()), (6, 257), "d, p, q, and three that follow of them");
    let mut telling = BTreeSet::new();
    for number in private {
        let mut forms = vec![number.clone()];
        for from in 0..3 {
            let bytes = &number[from..];
            forms.push(STANDARD_NO_PAD.encode(bytes).into());
            forms.push(URL_SAFE_NO_PAD.encode(bytes).into());
        }
        let hex: Vec<_> = number.iter().map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.concat();
        forms.extend([hex.to_uppercase().into(), hex.into()]);
        for form in forms {
            telling.extend(form.windows(WINDOW).map(|it| <[u8; WINDOW]>::try_from(it).unwrap()));
        }
    }
    telling
}

fn tells(bytes: &[u8], telling: &BTreeSet<[u8; WINDOW]>) -> bool {
    bytes.windows(WINDOW).any(|window| telling.contains(window))
}

#[test]
fn no_key_that_signs_tokens_lies_in_a_data_directory_but_under_the_secret() {
    let place = place();
    let first = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    let admin = login(first.address, "admin", PASSWORD);
    let peer = peer_of_n1(first.address, &admin);
    fs::create_dir(place.path("n2")).unwrap();
    let second = place.start("n2", &["--join", &peer]);
    let rotated = ask(first.address, &admin, "POST /auth/rotate-key", &json!({}));
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let answer = ask(second.address, "", "GET /.well-known/jwks.json", &json!(""));
    let published: Value = serde_json::from_slice(&answer.body).unwrap();
    let published = published["keys"].as_array().unwrap();
    assert_eq!(published.len(), 2, "the second node has heard of both");

    let payload = admin.split('.').nth(1).unwrap();
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let seal = SealingKey::new(SECRET.as_bytes(), &claims.iss, SealedFor::SigningKeys);
    for id in ["n1", "n2"] {
        let files = files(&place.path(id));
        let blocks: BTreeSet<_> = files.iter().flat_map(|(_, bytes)| sealed(bytes)).collect();
        let mut opened = 0;
        for (block, public) in
            blocks.iter().flat_map(|it| published.iter().map(move |key| (it, key)))
        {
            let key = json!({
                "id": public["kid"], "signs_from": 0, "modulus": public["n"],
                "exponent": public["e"], "private": block,
            });
            let key: SigningKey = serde_json::from_value(key).unwrap();
            let Ok(key) = key.opened(Some(&seal)) else { continue };
            opened += 1;
            let token = key.sign(&claims).unwrap();
            assert_eq!(ask(second.address, &token, "GET /ring", &json!("")).status, 200);
            let pem = serde_json::to_value(&key).unwrap()["private"].as_str().unwrap().to_owned();
            let telling = telling(&pem);
            assert!(tells(pem.as_bytes(), &telling), "it is seen where it is");
            for (path, bytes) in &files {
                assert!(!tells(bytes, &telling), "a part of a key is in {}", path.display());
            }
        }
        assert_eq!(opened, 2, "{id} has both keys, sealed");
        for (path, bytes) in &files {
            let open = b"BEGIN PRIVATE KEY";
            let is_there = bytes.windows(open.len()).any(|window| window == open);
            assert!(!is_there, "{}", path.display());
        }
    }

    first.terminate();
    assert!(first.ended().success());
    let first = place.start("n1", &[]);
    assert_eq!(ask(first.address, &admin, "GET /ring", &json!("")).status, 200);
    let again = login(first.address, "admin", PASSWORD);
    assert_eq!(ask(second.address, &again, "GET /ring", &json!("")).status, 200);
}

#[test]
fn a_node_without_the_secret_of_its_keys_does_not_come_up() {
    let place = place();
    let node = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    node.terminate();
    assert!(node.ended().success());
    write_private(&place.path("guess"), "what a thief would think of");
    let said = place.stays_away("n1", "n1", &["--auth", "required"]);
    assert!(said.contains("sealed with the cluster's secret"), "{said}");
    let guess = ["--auth", "required", "--secret-file", &place.flag("guess")];
    let said = place.stays_away("n1", "n1", &guess);
    assert!(said.contains("sealed with another secret than this node's"), "{said}");
    place.start("n1", &[]).kill();
}
