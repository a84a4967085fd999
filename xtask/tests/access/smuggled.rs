//! What a user whose grant is limited to `a/` may try in order to reach other keys.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::PATIENCE;
use crate::cluster::Cluster;
use crate::raw_http::Connection;
use crate::wire::exchange;

/// What is outside: nobody with that grant may see it.
const SECRET: &str = "what only admins see";

/// What is sent, with `\n` for a line's end and `{token}` for the header with the user's; the
/// answers of a node, and those of both edges, which are alike.
struct Trick {
    what: &'static str,
    request: &'static str,
    node: &'static [u16],
    envoy: &'static [u16],
    haproxy: &'static [u16],
}

/// One that both edges answer alike.
const fn trick(
    what: &'static str,
    request: &'static str,
    node: &'static [u16],
    edges: &'static [u16],
) -> Trick {
    Trick { what, request, node, envoy: edges, haproxy: edges }
}

/// One that they answer otherwise.
const fn unlike(
    what: &'static str,
    request: &'static str,
    node: &'static [u16],
    [envoy, haproxy]: [&'static [u16]; 2],
) -> Trick {
    Trick { what, request, node, envoy, haproxy }
}

const TRICKS: &[Trick] = &[
    trick("itself", "GET /kv/b/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("inside", "GET /kv/a/k HTTP/1.1\nhost: r\n{token}\n", &[200], &[200]),
    // A key is what it is: nobody takes a path apart.
    trick("dots", "GET /kv/a/../b/k HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("escaped slash", "GET /kv/a/..%2fb%2fk HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("at the front", "GET /kv/..%2fb%2fk HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("escaped dots", "GET /kv/a/%2e%2e/b/k HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("twice", "GET /kv/a/%252e%252e%252fb%252fk HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("twice, outside", "GET /kv/%2562/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("escaped", "GET /kv/%62%2Fk HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("backslash", "GET /kv/a\\..\\b\\k HTTP/1.1\nhost: r\n{token}\n", &[400], &[400]),
    trick("another slash", "GET /kv//b/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("slashes in front", "GET //kv/b/k HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("out of the keys", "GET /kv/a/../../kv/b/k HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick(
        "through heartbeat",
        "GET /heartbeat/../kv/b/k HTTP/1.1\nhost: r\n{token}\n",
        &[404],
        &[404],
    ),
    trick("a parameter", "GET /kv/b/k;x=/kv/a/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("behind a parameter", "GET /kv/a;/../b/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("NUL", "GET /kv/b/k%00a/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick("NUL behind", "GET /kv/a/%00/../b/k HTTP/1.1\nhost: r\n{token}\n", &[404], &[404]),
    trick("too long a letter", "GET /kv/%c1%a2/k HTTP/1.1\nhost: r\n{token}\n", &[400], &[400]),
    trick("a fragment", "GET /kv/a/k#/../../b/k HTTP/1.1\nhost: r\n{token}\n", &[200], &[400]),
    // What names a host twice is for forward proxies: a node may read it, no edge passes it on.
    trick("absolute", "GET http://r/kv/b/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[400]),
    trick("absolute, inside", "GET http://r/kv/a/k HTTP/1.1\nhost: r\n{token}\n", &[200], &[400]),
    trick("other host", "GET http://a/kv/b/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[400]),
    trick("another scheme", "GET HTTPS://r/kv/a/k HTTP/1.1\nhost: r\n{token}\n", &[200], &[400]),
    trick("no path", "OPTIONS * HTTP/1.1\nhost: r\n{token}\n", &[404], &[400]),
    trick("two keys", "GET /get?key=b/k&key=a/k HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick(
        "two keys, inside first",
        "GET /get?key=a/k&key=b/k HTTP/1.1\nhost: r\n{token}\n",
        &[200],
        &[200],
    ),
    trick("semicolon", "GET /get?key=a/k;key=b/k HTTP/1.1\nhost: r\n{token}\n", &[400], &[400]),
    trick("two prefixes", "GET /kv?prefix=&prefix=a/ HTTP/1.1\nhost: r\n{token}\n", &[403], &[403]),
    trick(
        "the route's header",
        "GET /kv/b/k HTTP/1.1\nhost: r\nx-ringway-route: a/k\nx-original-url: /kv/a/k\nx-rewrite-url: /kv/a/k\n{token}\n",
        &[403],
        &[403],
    ),
    trick(
        "another method",
        "GET /kv/b/k HTTP/1.1\nhost: r\nx-http-method-override: HEAD\n{token}\n",
        &[403],
        &[403],
    ),
    trick(
        "two lengths",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 1\ncontent-length: 90\n\nvGET /kv/b/k HTTP/1.1\nhost: r\n{token}\n",
        &[400],
        &[400],
    ),
    trick(
        "two lengths in one",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 1, 90\n\nvGET /kv/b/k HTTP/1.1\nhost: r\n{token}\n",
        &[400],
        &[400],
    ),
    // As RFC 9112 (6.3) has it, chunks count; what is behind them is not looked at.
    unlike(
        "length and chunks",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 90\ntransfer-encoding: chunked\n\n1\nv\n0\n\nPUT /kv/b/new HTTP/1.1\nhost: r\n{token}content-length: 1\n\nw",
        &[200],
        [&[400], &[200]],
    ),
    trick(
        "chunks that are none",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}transfer-encoding: xchunked\n\n1\nv\n0\n\n",
        &[400],
        &[400],
    ),
    trick(
        "chunks under a length",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}transfer-encoding : chunked\ncontent-length: 1\n\nv",
        &[400],
        &[400],
    ),
    trick(
        "a plus",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: +1\n\nv",
        &[400],
        &[400],
    ),
    trick(
        "folded",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}transfer-encoding:\n chunked\ncontent-length: 1\n\nv",
        &[400],
        &[400],
    ),
    // A body is a body: one answer, and what is in it is stored as it is.
    trick(
        "hidden in a body",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 35\n\nPUT /kv/b/new HTTP/1.1\nhost: r\n\n",
        &[200],
        &[200],
    ),
    trick(
        "behind a body",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 1\n\nvPUT /kv/b/new HTTP/1.1\nhost: r\n{token}content-length: 1\n\nw",
        &[200, 403],
        &[200, 403],
    ),
    trick(
        "behind, with no token",
        "PUT /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 1\n\nvGET /kv/a/k HTTP/1.1\nhost: r\n\n",
        &[200, 401],
        &[200, 401],
    ),
    trick(
        "behind a read",
        "GET /kv/a/k HTTP/1.1\nhost: r\n{token}content-length: 35\n\nPUT /kv/b/new HTTP/1.1\nhost: r\n\n",
        &[200],
        &[200],
    ),
];

/// All that is stored, as an admin sees it.
async fn stored(cluster: &Cluster) -> BTreeMap<String, String> {
    let mut connection = Connection::open(&cluster.stack.nodes()[0].url()).await;
    let bearer = format!("Bearer {}", cluster.stack.token().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let listed = connection.send("GET", "/kv", &headers, "").await;
    let listed: Value = serde_json::from_str(&listed.body).unwrap();
    let mut stored = BTreeMap::new();
    for key in listed["keys"].as_array().unwrap() {
        let key = key["key"].as_str().or(key.as_str()).unwrap();
        let value = connection.send("GET", &format!("/kv/{key}"), &headers, "").await;
        stored.insert(key.to_owned(), value.body);
    }
    stored
}

#[tokio::test]
async fn nothing_outside_a_prefix_is_read_or_written_by_any_trick() {
    let cluster = Cluster::start().await;
    let user = cluster.user("ann", "writer", &["a/"]).await;
    cluster.put("a/k", "v").await;
    cluster.put("b/k", SECRET).await;
    cluster.stack.settle().await.unwrap();
    let before = stored(&cluster).await;
    assert_eq!(before["b/k"], SECRET);
    let mut wrong = Vec::new();
    for Trick { what, request, node, envoy, haproxy } in TRICKS {
        let request = request.replace("{token}", &format!("authorization: Bearer {user}\n"));
        let request = request.replace('\n', "\r\n");
        for ((place, url), expected) in cluster.places().iter().zip([node, envoy, haproxy]) {
            let address = url.strip_prefix("http://").unwrap();
            let until = (expected.len(), PATIENCE);
            let reply = exchange(address, request.as_bytes(), until).await;
            let reply = reply.unwrap_or_else(|error| panic!("{what} at {place}: {error}"));
            if reply.statuses != *expected || reply.text().contains(SECRET) {
                wrong.push(format!("{what} at {place}: {expected:?}, not {:?}", reply.statuses));
            }
        }
        let mut after = stored(&cluster).await;
        // Whatever is in it: it is the user's own.
        after.insert("a/k".to_owned(), before["a/k"].clone());
        assert_eq!(after, before, "{what}");
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
