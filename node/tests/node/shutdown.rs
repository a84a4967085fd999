//! SIGTERM finishes what is in flight and loses nothing.

use crate::client::Client;
use crate::process::Process;

#[test]
fn sigterm_ends_long_polls_and_finishes_a_put() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let node = Process::start(&path, &[]);

    let mut poll = Client::connect(node.address).unwrap();
    poll.send(b"GET /ring?after=1&wait=60 HTTP/1.1\r\nhost: t\r\n\r\n").unwrap();
    let mut put = Client::connect(node.address).unwrap();
    // The node asks for the body: the request is at work.
    let head = "PUT /kv/slow HTTP/1.1\r\nhost: t\r\ncontent-length: 10\r\n\
                expect: 100-continue\r\n\r\n";
    put.send(head.as_bytes()).unwrap();
    assert_eq!(put.answer().unwrap().status, 100);
    put.send(b"first").unwrap();
    let half_open = Client::connect(node.address).unwrap();

    node.terminate();
    assert_eq!(poll.answer().unwrap().status, 304, "the poll ends at once, not in a minute");
    put.send(b"-then").unwrap();
    assert_eq!(put.answer().unwrap().status, 201);
    let status = node.ended();
    assert!(status.success(), "{status}");
    drop(half_open);

    let node = Process::start(&path, &[]);
    assert_eq!(node.get("slow").unwrap(), b"first-then");
}
