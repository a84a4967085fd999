//! Backends that cost as little as possible, and tell Envoy of themselves.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, View, ViewNode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::bench::nodes;

const COUNT: usize = 5;
const VALUE: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 16\r\n\r\n0123456789abcdef";
const NOT_MODIFIED: &str = "HTTP/1.1 304 Not Modified\r\netag: 1\r\n\r\n";
/// As a node holds a question for what has not changed.
const HELD: Duration = Duration::from_secs(1);
const TYPE: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

/// Five of them. They are gone when this is dropped.
pub(super) struct Backends {
    addresses: Vec<SocketAddr>,
    accepting: Vec<JoinHandle<()>>,
}

/// What Envoy is told: the view, and the endpoints.
struct Published {
    ring: String,
    endpoints: String,
}

impl Backends {
    pub(super) async fn start() -> Result<Self, Box<dyn Error>> {
        let mut listeners = Vec::new();
        for _ in 0..COUNT {
            listeners.push(TcpListener::bind(("127.0.0.1", 0)).await?);
        }
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let addresses: Vec<_> = addresses.collect::<io::Result<_>>()?;
        let published = Arc::new(Published::of(&addresses)?);
        let accept = |listener: TcpListener| {
            let published = Arc::clone(&published);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&published)));
                }
            })
        };
        Ok(Self { addresses, accepting: listeners.into_iter().map(accept).collect() })
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Backends {
    fn drop(&mut self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
    }
}

impl Published {
    fn of(addresses: &[SocketAddr]) -> Result<Self, Box<dyn Error>> {
        let node = |(place, &address)| ViewNode::new(nodes::id(place), address);
        let nodes = addresses.iter().enumerate().map(node).collect();
        let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
        let view = View::create(Epoch::FIRST, partitions, copies, nodes)?.to_json();
        let endpoint = |address: &SocketAddr| {
            let socket =
                json!({ "address": address.ip().to_string(), "port_value": address.port() });
            json!({ "endpoint": { "address": { "socket_address": socket } } })
        };
        let endpoints: Vec<_> = addresses.iter().map(endpoint).collect();
        let endpoints = json!([{ "lb_endpoints": endpoints }]);
        let resource = json!({ "@type": TYPE, "cluster_name": "nodes", "endpoints": endpoints });
        let endpoints =
            json!({ "version_info": "1", "type_url": TYPE, "resources": [resource] }).to_string();
        let answer = |body: String| {
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\netag: 1\r\ncontent-length: {length}\r\n\r\n{body}")
        };
        Ok(Self { ring: answer(view), endpoints: answer(endpoints) })
    }
}

/// Answers as long as the connection lasts.
async fn serve(mut stream: TcpStream, published: Arc<Published>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut request = Vec::with_capacity(1 << 14);
    loop {
        request.clear();
        while !is_whole(&request) {
            let read = stream.read_buf(&mut request).await.ok()?;
            (read > 0).then_some(())?;
        }
        let answer = if request.starts_with(b"GET /ring") {
            &published.ring
        } else if request.starts_with(b"POST /v3/discovery") {
            &published.endpoints
        } else {
            VALUE
        };
        let knows = [&b"if-none-match"[..], br#""version_info":"1""#];
        let answer = if answer != VALUE && knows.iter().any(|known| find(&request, known).is_some())
        {
            // A long poll, and nothing ever changes here.
            match timeout(HELD, stream.read_buf(&mut request)).await {
                Ok(_) => return None,
                Err(_) => NOT_MODIFIED,
            }
        } else {
            answer
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Whether head and body are there.
fn is_whole(request: &[u8]) -> bool {
    const LENGTH: &[u8] = b"content-length: ";
    let Some(end) = find(request, b"\r\n\r\n") else { return false };
    let (head, body) = request.split_at(end + 4);
    let digits = find(head, LENGTH).and_then(|start| head.get(start + LENGTH.len()..));
    let digits = digits.into_iter().flatten().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    body.len() >= length
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
