//! Requests that are nearly HTTP, by nobody who may have anything.

use crate::mutated_tokens::{pick, usize_below};
use crate::random::Random;

const METHODS: [&str; 16] = [
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "get",
    "",
    "G\0ET",
    "GET\t",
    " GET",
    "G(T",
    "PUTPUTPUTPUTPUTPUTPUTPUTPUTPUTPUTPUT",
];
/// None of them is open, nor a few bytes away from one that is.
const TARGETS: [&str; 26] = [
    "/kv/a/k",
    "/kv?prefix=a/",
    "/get?key=a/k",
    "/put?key=a/k&value=v",
    "/users",
    "/ring",
    "/home",
    "/map_request?id=7",
    "/add",
    "/kv/%61%2fk",
    "/kv/..%2f..%2fetc",
    "/kv/%00",
    "/kv/%zz",
    "//kv/a/k",
    "/kv//a",
    "/kv/a;k",
    "http://ringway/kv/a/k",
    "https://ringway:443/kv/a/k",
    "http:///kv/a/k",
    "ringway:80",
    "*",
    "",
    "kv/a/k",
    "/kv/a k",
    "/kv/\u{e4}",
    "/kv/a#b?c",
];
const VERSIONS: [&str; 9] = [
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/1.11",
    "HTTP/9.9",
    "http/1.1",
    "HTTP/1.1 ",
    "HTTP/11",
    "",
];
const LINES: [&str; 52] = [
    "content-length: 0",
    "content-length: 3",
    "content-length: 4",
    "content-length: 400",
    "content-length: -1",
    "content-length: +3",
    "content-length: 0x3",
    "content-length: 3, 3",
    "content-length: 3, 4",
    "content-length: 18446744073709551619",
    "content-length: 3 3",
    "content-length:",
    "content-length : 3",
    "Content-Length: 3",
    "content\u{0}-length: 3",
    "transfer-encoding: chunked",
    "Transfer-Encoding: chunked",
    "transfer-encoding: identity",
    "transfer-encoding: chunked, identity",
    "transfer-encoding: identity, chunked",
    "transfer-encoding: chunked, chunked",
    "transfer-encoding: xchunked",
    "transfer-encoding: \u{b}chunked",
    "transfer-encoding:\tchunked",
    "transfer-encoding : chunked",
    "transfer-encoding: gzip, chunked",
    "transfer-encoding:\r\n chunked",
    "transfer-encoding: chunked\r\n ",
    "transfer_encoding: chunked",
    "te: trailers",
    "host: other",
    "host: ringway:80:80",
    "host:",
    "host: a b",
    "expect: 100-continue",
    "expect: 200-ok",
    "connection: close",
    "connection: upgrade\r\nupgrade: websocket",
    "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk",
    "connection: authorization",
    "x-forwarded-for: 127.0.0.1",
    "x-ringway-route: n1",
    "x-a: b\rc",
    "x-a: b\nc: d",
    "x-a: b\u{0}c",
    "x-a\r\n folded",
    " x-a: b",
    "no colon",
    ": no name",
    "x-a:: b",
    "x-http-method-override: DELETE",
    "x-a: \u{7f}\u{1}\u{ff}",
];
const TOKENS: [&str; 5] = [
    "authorization: Bearer garbage",
    "authorization: Bearer a.b.c",
    "authorization: Bearer ",
    "authorization: Basic YWRtaW46YWRtaW4=",
    "authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
];
const BODIES: [&str; 12] = [
    "",
    "abc",
    "3\r\nabc\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "3\nabc\n0\n\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "fffffffffffffffff\r\nabc",
    "3;x=\"\r\n\"\r\nabc\r\n0\r\n\r\n",
    "3\r\nabcdef\r\n0\r\n\r\n",
    "0\r\n\r\nGET /kv/a/k HTTP/1.1\r\nhost: ringway\r\n\r\n",
    "GET /kv/a/k HTTP/1.1\r\nhost: ringway\r\n\r\n",
    "0\r\nauthorization: Bearer x\r\ntransfer-encoding: chunked\r\n\r\n",
];
/// Bytes that mean something to a parser.
const TELLING: &[u8] = b"\r\n\t :;,/\\?#%&=\"{}[]()0123456789azAZ\x00\x01\x0b\x7f\x80\xff";
/// Ends whatever head is still open.
const END: &[u8] = b"\r\n\r\n";

/// A request, or what is left of one.
pub(crate) fn mutated_request(random: &mut Random) -> Vec<u8> {
    let mut lines = Vec::new();
    if random.below(8) != 0 {
        lines.push("host: ringway");
    }
    for _ in 0..random.below(4) {
        lines.push(*pick(random, &LINES));
    }
    if random.below(2) == 0 {
        let at = usize_below(random, lines.len() + 1);
        lines.insert(at, *pick(random, &TOKENS));
    }
    // Mostly as it should be: so that what stands behind is read at all.
    let mut seldom = |usual: &'static str, others: &[&'static str]| {
        if random.below(6) == 0 { *pick(random, others) } else { usual }
    };
    let (method, version) = (seldom("PUT", &METHODS), seldom("HTTP/1.1", &VERSIONS));
    let end = seldom("\r\n", &["\n", "\r", "\r\r\n"]);
    let (target, body) = (*pick(random, &TARGETS), *pick(random, &BODIES));
    let head = [&[&*format!("{method} {target} {version}")], &lines[..]].concat().join(end);
    let mut request = format!("{head}{end}{end}{body}").into_bytes();
    match random.below(16) {
        0 => request.splice(0..0, vec![b'x'; 100_000]).for_each(drop),
        1 => {
            let many = "x-a: b\r\n".repeat(usize_below(random, 3000));
            let at = head.find(end).map_or(0, |at| at + end.len());
            request.splice(at..at, many.bytes()).for_each(drop);
        }
        2..=8 => {
            for _ in 0..=random.below(4) {
                damage(&mut request, random);
            }
        }
        _ => {}
    }
    request.extend(END);
    request
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = usize_below(random, bytes.len() + 1);
    let end = (at + usize_below(random, 12)).min(bytes.len());
    match random.below(5) {
        0 if at < bytes.len() => bytes[at] = random.byte(),
        1 if at < bytes.len() => bytes[at] = *pick(random, TELLING),
        2 => bytes.insert(at, *pick(random, TELLING)),
        3 => drop(bytes.drain(at..end)),
        _ => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece).for_each(drop);
        }
    }
}
