//! Backends that cost as little as possible, and tell the edges of themselves, or of a view
//! that they are given.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
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

/// What the edges are told: the view, and the endpoints, always the same.
struct Published {
    ring: String,
    /// How one that has it already says so: the filter, and HAProxy's sync.
    knowing: [String; 2],
    /// How many questions came from such.
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
        let first = view(Epoch::FIRST, &addresses, 0..COUNT)?;
        let published = Published::of(&first, &endpoints(&addresses));
        let published = Arc::new(watch::Sender::new(published));
        let accept = |(place, listener): (usize, TcpListener)| {
            let (published, value) = (Arc::clone(&published), value(place));
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&value), published.subscribe()));
                }
            })
        };
        let accepting = listeners.into_iter().enumerate().map(accept).collect();
        Ok(Self { addresses, published, accepting })
    }

    /// The view of `epoch`, of the backends at `places` only.
    pub(super) fn view(&self, epoch: Epoch, places: Range<usize>) -> Result<View, Box<dyn Error>> {
        view(epoch, &self.addresses, places)
    }

    /// How many questions came from those that have the latest view.
    pub(in crate::bench) fn told_last(&self) -> usize {
        self.published.borrow().known.load(Ordering::Relaxed)
    }

    /// From now on `view` is the latest.
    pub(in crate::bench) fn publish(&self, view: &View) {
        self.published.send_modify(|published| {
            *published = Published::of(view, &published.endpoints);
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
    fn of(view: &View, endpoints: &str) -> Self {
        let epoch = view.epoch();
        Self {
            ring: answer(&view.to_json(), &epoch.to_string()),
            knowing: [format!("if-none-match: {epoch}\r\n"), format!("?after={epoch}&")],
            known: AtomicUsize::new(0),
            endpoints: endpoints.to_owned(),
        }
    }

    fn is_known_by(&self, request: &[u8]) -> bool {
        self.knowing.iter().any(|knowing| find(request, knowing.as_bytes()).is_some())
    }
}

fn view(
    epoch: Epoch,
    addresses: &[SocketAddr],
    places: Range<usize>,
) -> Result<View, Box<dyn Error>> {
    let among = addresses.iter().enumerate().filter(|(place, _)| places.contains(place));
    let nodes = among.map(|(place, &address)| ViewNode::new(nodes::id(place), address)).collect();
    let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
    Ok(View::create(epoch, partitions, copies, nodes)?)
}

fn endpoints(addresses: &[SocketAddr]) -> String {
    let endpoint = |address: &SocketAddr| {
        let socket = json!({ "address": address.ip().to_string(), "port_value": address.port() });
        json!({ "endpoint": { "address": { "socket_address": socket } } })
    };
    let endpoints: Vec<_> = addresses.iter().map(endpoint).collect();
    let endpoints = json!([{ "lb_endpoints": endpoints }]);
    let resource = json!({ "@type": TYPE, "cluster_name": "nodes", "endpoints": endpoints });
    let all = json!({ "version_info": "1", "type_url": TYPE, "resources": [resource] });
    answer(&all.to_string(), "1")
}

/// What the backend at `place` answers to whatever is asked about a key.
fn value(place: usize) -> Arc<str> {
    let id = nodes::id(place);
    let head = format!("content-type: text/plain\r\nx-ringway-node: {id}\r\ncontent-length: 16");
    format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n0123456789abcdef").into()
}

fn answer(body: &str, tag: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Answers as long as the connection lasts.
async fn serve(
    mut stream: TcpStream,
    value: Arc<str>,
    mut published: watch::Receiver<Published>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut request = Vec::with_capacity(1 << 14);
    loop {
        request.clear();
        while !is_whole(&request) {
            let read = stream.read_buf(&mut request).await.ok()?;
            (read > 0).then_some(())?;
        }
        if request.starts_with(b"GET /ring") {
            if published.borrow().is_known_by(&request) {
                published.borrow().known.fetch_add(1, Ordering::Relaxed);
            }
            let news = published.wait_for(|published| !published.is_known_by(&request));
            let news = timeout(HELD, news);
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
            stream.write_all(value.as_bytes()).await.ok()?;
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
