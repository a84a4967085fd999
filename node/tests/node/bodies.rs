//! Bodies that are too long, held back, cut off, or no HTTP at all.

use crate::client::Client;
use crate::process::Process;

const LIMIT: usize = 8 << 20;

#[test]
fn a_body_over_the_limit_is_refused_and_the_connection_stays_usable() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let too_long = vec![b'x'; LIMIT + (1 << 20)];

    let mut declared = Client::connect(node.address).unwrap();
    let answer = declared.request("PUT", "/kv/big", &too_long).unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "value_too_large"));
    assert_eq!(declared.request("GET", "/heartbeat", b"").unwrap().body, b"Hello");

    let mut chunked = Client::connect(node.address).unwrap();
    chunked.send(b"PUT /kv/big HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
    for chunk in too_long.chunks(1 << 20) {
        chunked.send(format!("{:x}\r\n", chunk.len()).as_bytes()).unwrap();
        chunked.send(&[chunk, b"\r\n"].concat()).unwrap();
    }
    chunked.send(b"0\r\n\r\n").unwrap();
    let answer = chunked.answer().unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "value_too_large"));
    assert_eq!(chunked.request("GET", "/heartbeat", b"").unwrap().body, b"Hello");

    assert_eq!(node.get("big"), None);
    node.put("big", &too_long[..LIMIT]);
    assert_eq!(node.get("big").unwrap().len(), LIMIT, "the limit itself is allowed");
}

#[test]
fn a_body_that_is_held_back_is_refused_before_it_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let mut client = Client::connect(node.address).unwrap();
    let length = LIMIT + 1;
    let head = format!(
        "PUT /kv/big HTTP/1.1\r\nhost: t\r\ncontent-length: {length}\r\n\
         expect: 100-continue\r\n\r\n"
    );
    client.send(head.as_bytes()).unwrap();
    let answer = client.answer().unwrap();
    assert_eq!(answer.status, 413, "and not 100");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.rest(), b"", "it closes cleanly");
}

#[test]
fn a_body_that_is_cut_off_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    node.put("kept", b"before");
    let heads = ["content-length: 100\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf"];
    for head in heads {
        for key in ["kept", "new"] {
            let mut client = Client::connect(node.address).unwrap();
            client.send(format!("PUT /kv/{key} HTTP/1.1\r\nhost: t\r\n{head}").as_bytes()).unwrap();
            client.end();
            let said = client.rest();
            assert!(!said.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&said));
        }
    }
    assert_eq!(node.get("kept").unwrap(), b"before");
    assert_eq!(node.get("new"), None);
}

#[test]
fn what_is_no_request_is_refused_and_harms_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let long_header = format!("GET /home HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100 << 10));
    for (sent, status) in [
        (long_header.as_str(), 431),
        ("no http\r\n\r\n", 400),
        ("PUT /kv/a HTTP/1.1\r\nhost: t\r\ncontent-length: many\r\n\r\n", 400),
    ] {
        let mut client = Client::connect(node.address).unwrap();
        // The node may close before it has read all.
        let _ = client.send(sent.as_bytes());
        assert_eq!(client.answer().unwrap().status, status);
    }
    assert_eq!(node.request("GET", "/heartbeat", b"").status, 200);
}

#[test]
fn a_body_that_is_not_what_its_digest_says_is_refused_and_a_digest_told_who_asks() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let mut client = Client::connect(node.address).unwrap();
    let mut put = |digest: &str, body: &str| {
        let length = body.len();
        let head = format!("PUT /kv/a HTTP/1.1\r\nhost: t\r\ncontent-length: {length}\r\n");
        client.send(format!("{head}repr-digest: {digest}\r\n\r\n{body}").as_bytes()).unwrap();
        client.answer().unwrap()
    };
    // Of "a", as `printf a | sha256sum | xxd -r -p | base64` says.
    let of_a = "sha-256=:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=:";
    assert_eq!(put(of_a, "a").status, 201);
    for (digest, body, code) in [(of_a, "b", "digest_mismatch"), ("sha-256=:a:", "b", "bad_digest")]
    {
        let answer = put(digest, body);
        assert_eq!((answer.status, &*answer.code()), (400, code));
    }
    assert_eq!(put("md5=:AA==:", "b").status, 200, "of others nothing is known");
    assert_eq!(put(of_a, "a").status, 200);
    for method in ["GET", "HEAD"] {
        let head = format!("{method} /kv/a HTTP/1.1\r\nhost: t\r\nconnection: close\r\n");
        let mut client = Client::connect(node.address).unwrap();
        client.send(format!("{head}want-repr-digest: sha-256=9\r\n\r\n").as_bytes()).unwrap();
        let answer = String::from_utf8(client.rest()).unwrap();
        assert!(answer.contains(&format!("repr-digest: {of_a}\r\n")), "{answer}");
    }
    let plain = Client::connect(node.address).unwrap().request("GET", "/kv/a", b"").unwrap();
    assert_eq!(plain.header("repr-digest"), None);
}

#[test]
fn a_request_for_no_path_is_answered_and_ends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    for address in [node.address, node.admin] {
        let mut client = Client::connect(address).unwrap();
        client.send(b"CONNECT ringway:80 HTTP/1.1\r\nhost: ringway\r\n\r\n").unwrap();
        assert_eq!(client.answer().unwrap().status, 404);
    }
    assert_eq!(node.request("GET", "/heartbeat", b"").status, 200);
}
