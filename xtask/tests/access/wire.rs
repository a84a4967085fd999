//! Bytes as they are sent, whatever they mean, and what comes back until the connection has ended.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Whoever takes longer to answer or to hang up hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the answer to what may be no whole request is waited for, before it is said that no more
/// is to come.
const GRACE: Duration = Duration::from_millis(300);
/// How many connections there are at a time.
const CONNECTIONS: usize = 64;

/// What came back of a connection.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) bytes: Vec<u8>,
    /// Of every answer, in order.
    pub(crate) statuses: Vec<u16>,
    /// Whether one of them is a node's, whom the edge has asked.
    pub(crate) is_a_nodes: bool,
}

impl Reply {
    fn of(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let begins = text.split("http/1.").skip(1);
        let statuses = begins.filter_map(|rest| rest.get(2..5)?.parse().ok());
        // What has been asked to go on has not been answered.
        let statuses = statuses.filter(|status| *status >= 200).collect();
        Self { statuses, is_a_nodes: text.contains("\r\nx-ringway-node: "), bytes }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// What `address` answers to `request`, once it has hung up; an error where it never does. It is told
/// that no more is to come once there are so many `answers`, or after `grace`.
pub(crate) async fn exchange(
    address: &str,
    request: &[u8],
    (answers, grace): (usize, Duration),
) -> Result<Reply, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("connect: {error}"))?;
    let (mut read, mut write) = stream.into_split();
    let mut bytes = Vec::new();
    let talk = async {
        let request = request.to_vec();
        // Both at a time: who refuses early doesn't read the rest.
        let sending = tokio::spawn(async move {
            let _sent = write.write_all(&request).await;
            write
        });
        let mut has_ended = false;
        while !has_ended && Reply::of(bytes.clone()).statuses.len() < answers {
            match timeout(grace, read.read_buf(&mut bytes)).await {
                Ok(found) => has_ended = !matches!(found, Ok(1..)),
                Err(_elapsed) => break,
            }
        }
        sending.abort();
        if let Ok(mut write) = sending.await {
            let _closed = write.shutdown().await;
        }
        while !has_ended {
            has_ended = !matches!(read.read_buf(&mut bytes).await, Ok(1..));
        }
        io::Result::Ok(())
    };
    let ended = timeout(PATIENCE, talk).await;
    ended
        .map_err(|_| format!("it hangs after {:?}", String::from_utf8_lossy(&bytes)))
        .and_then(|talked| talked.map_err(|error| error.to_string()))?;
    Ok(Reply::of(bytes))
}

/// What comes of each of `requests` at `address`, many at a time.
pub(crate) async fn exchange_all(
    address: &str,
    requests: &Arc<Vec<Vec<u8>>>,
) -> Vec<(usize, Result<Reply, String>)> {
    let (next, mut connections) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    for _ in 0..CONNECTIONS {
        let (address, next) = (address.to_owned(), Arc::clone(&next));
        let requests = Arc::clone(requests);
        connections.spawn(async move {
            let mut replies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(number) else { break replies };
                replies.push((number, exchange(&address, request, (1, GRACE)).await));
            }
        });
    }
    connections.join_all().await.into_iter().flatten().collect()
}
