//! Connections that an edge holds open, by where they come from.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use xtask::wait;

use super::PATIENCE;

/// A connection from this machine's address `from` that was answered; edges close the others.
async fn answered(url: &str, from: [u8; 4]) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let to = url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = socket.connect(to).await.ok()?;
    stream.write_all(b"GET /kv/a HTTP/1.1\r\nhost: r\r\n\r\n").await.ok()?;
    let bytes = stream.read(&mut [0; 64]).await.ok()?;
    (bytes > 0).then_some(stream)
}

/// That the edge at `url` holds `limit` connections of one address, whoever opens more, and that
/// others and successors have theirs.
pub(crate) async fn assert_limited(url: &str, limit: usize) {
    let (one, other) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    let mut held = Vec::new();
    // Who looked whether it listens may still be counted.
    let are_held = wait::until(PATIENCE, async || {
        held.extend(answered(url, one).await);
        held.len() == limit
    });
    assert!(are_held.await);
    for _ in 0..5 {
        assert!(answered(url, one).await.is_none());
    }
    assert!(answered(url, other).await.is_some());
    held.pop();
    assert!(wait::until(PATIENCE, async || answered(url, one).await.is_some()).await);
}
