//! Backends that cost as little as possible, and tell Envoy of themselves, or of a view that
//! they are given.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, View, ViewNode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::bench::nodes;

const COUNT: usize = 5;
const VALUE: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 16\r\n\r\n0123456789abcdef";
const NOT_MODIFIED: &str = "HTTP/1.1 304 Not Modified\r\netag: 1\r\n\r\n";
/// As a node holds a question for what has not changed.
const HELD: Duration = Duration::from_secs(1);
const TYPE: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

/// Five of them. They are gone when this is dropped.
pub(in crate::bench) struct Backends {
    addresses: Vec<SocketAddr>,
    published: Arc<watch::Sender<Published>>,
    accepting: Vec<JoinHandle<()>>,
}

/// What Envoy is told: the view with its epoch for a tag, and the endpoints, always the same.
struct Published {
    ring: String,
    tag: String,
    /// How many questions came from filters that have it.
    known: AtomicUsize,
    endpoints: String,
}

impl Backends {
    pub(in crate::bench) async fn start() -> Result<Self, Box<dyn Error>> {
        let mut listeners = Vec::new();
        for _ in 0..COUNT {
            listeners.push(TcpListener::bind(("127.0.0.1", 0)).await?);
        }
        let addresses = listeners.iter().map(TcpListener::local_addr);
        let addresses: Vec<_> = addresses.collect::<io::Result<_>>()?;
        let published = Arc::new(watch::Sender::new(Published::of(&addresses)?));
        let accept = |listener: TcpListener| {
            let published = Arc::clone(&published);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, published.subscribe()));
                }
            })
        };
        let accepting = listeners.into_iter().map(accept).collect();
        Ok(Self { addresses, published, accepting })
    }

    /// How many questions came from filters that have the latest view.
    pub(in crate::bench) fn told_last(&self) -> usize {
        self.published.borrow().known.load(Ordering::Relaxed)
    }

    /// From now on `view` is the latest.
    pub(in crate::bench) fn publish(&self, view: &View) {
        let (json, tag) = (view.to_json(), view.epoch().to_string());
        self.published.send_modify(|published| {
            published.ring = answer(&json, &tag);
            published.tag = tag;
            published.known = AtomicUsize::new(0);
        });
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
        let view = View::create(Epoch::FIRST, partitions, copies, nodes)?;
        let tag = view.epoch().to_string();
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
        let (ring, endpoints) = (answer(&view.to_json(), &tag), answer(&endpoints, "1"));
        Ok(Self { ring, tag, known: AtomicUsize::new(0), endpoints })
    }
}

fn answer(body: &str, tag: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Answers as long as the connection lasts.
async fn serve(mut stream: TcpStream, mut published: watch::Receiver<Published>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut request = Vec::with_capacity(1 << 14);
    loop {
        request.clear();
        while !is_whole(&request) {
            let read = stream.read_buf(&mut request).await.ok()?;
            (read > 0).then_some(())?;
        }
        if request.starts_with(b"GET /ring") {
            let knows = |published: &Published| {
                let known = format!("if-none-match: {}\r\n", published.tag);
                find(&request, known.as_bytes()).is_some()
            };
            if knows(&published.borrow()) {
                published.borrow().known.fetch_add(1, Ordering::Relaxed);
            }
            let news = timeout(HELD, published.wait_for(|published| !knows(published)));
            let answer = match news.await {
                Ok(published) => published.ok()?.ring.clone(),
                Err(_) => NOT_MODIFIED.to_owned(),
            };
            stream.write_all(answer.as_bytes()).await.ok()?;
        } else if request.starts_with(b"POST /v3/discovery") {
            if find(&request, br#""version_info":"1""#).is_some() {
                // Nothing ever changes here.
                sleep(HELD).await;
                stream.write_all(NOT_MODIFIED.as_bytes()).await.ok()?;
            } else {
                let endpoints = published.borrow().endpoints.clone();
                stream.write_all(endpoints.as_bytes()).await.ok()?;
            }
        } else {
            stream.write_all(VALUE.as_bytes()).await.ok()?;
        }
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
