//! A node that does what the test says.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use ringway_ring::View;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a stub does with a request about a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Conduct {
    /// Answers this status, with this header.
    Answer(u16, &'static str),
    /// Reads all of it and closes the connection.
    Reset,
    /// Reads all of it and leaves it at that, as a stopped process does.
    Silence,
}

/// What the stub has under `/ring`, and the endpoints that go with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    pub(crate) json: Vec<u8>,
    pub(crate) etag: String,
    pub(crate) endpoints: Vec<SocketAddr>,
}

impl Published {
    pub(crate) fn view(view: &View) -> Self {
        let json = view.to_json().into_bytes();
        let etag = format!("{}-{:?}", view.epoch(), view.nodes().first().map(|node| node.address));
        let endpoints = view.nodes().iter().map(|node| node.address).collect();
        Self { json, etag, endpoints }
    }
}

/// A port that nobody else gets and that refuses connections: a node that is down.
pub(crate) fn place() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket
}

/// A node that does what the test says. It is gone when this is dropped.
pub(crate) struct StubNode {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    name: String,
    conduct: Mutex<Conduct>,
    /// Method, target, and the headers' lines.
    seen: Mutex<Vec<String>>,
    published: watch::Sender<Published>,
}

impl StubNode {
    /// At a place that refuses connections until then.
    pub(crate) fn start(name: &str, place: TcpSocket) -> Self {
        let listener = place.listen(1024).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            name: name.to_owned(),
            conduct: Mutex::new(Conduct::Answer(200, "x-stub: 1")),
            seen: Mutex::default(),
            published: watch::channel(Published::default()).0,
        });
        let serving = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(BufReader::new(stream), Arc::clone(&serving)));
            }
        });
        Self { address, state, accepting }
    }

    pub(crate) fn publish(&self, published: Published) {
        self.state.published.send_replace(published);
    }

    pub(crate) fn conduct(&self, conduct: Conduct) {
        *self.state.conduct.lock() = conduct;
    }

    /// The requests about keys since the last call.
    pub(crate) fn take_seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.seen.lock())
    }
}

impl Drop for StubNode {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: BufReader<TcpStream>, state: Arc<State>) -> Option<()> {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = stream.read_line(&mut head).await.ok()?;
            (read > 0).then_some(())?;
        }
        let value = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.clone().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let length = value("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;

        let target = head.split(' ').nth(1)?;
        let answer = match target.split('?').next()? {
            "/ring" => ring(&state, value("if-none-match"), epoch_after(target)).await,
            "/heartbeat" => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "/v3/discovery:endpoints" => endpoints(&state, &body).await,
            _ => {
                state.seen.lock().push(head.clone());
                let conduct = *state.conduct.lock();
                let name = &state.name;
                match conduct {
                    Conduct::Answer(status, header) => format!(
                        "HTTP/1.1 {status} Stub\r\n{header}\r\nx-ringway-node: {name}\r\n\
                         content-length: 0\r\n\r\n"
                    ),
                    Conduct::Reset => return None,
                    Conduct::Silence => {
                        while stream.read_u8().await.is_ok() {}
                        return None;
                    }
                }
            }
        };
        stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
    }
}

/// What is published, once there is something else than `known`.
async fn next(state: &State, known: Option<&str>) -> Published {
    let mut published = state.published.subscribe();
    let is_news = |it: &Published| !it.etag.is_empty() && Some(it.etag.as_str()) != known;
    published.wait_for(is_news).await.unwrap().clone()
}

/// The epoch in `?after=`.
fn epoch_after(target: &str) -> Option<&str> {
    target.split_once("after=")?.1.split('&').next()
}

async fn ring(state: &State, known: Option<String>, after: Option<&str>) -> String {
    // A tag begins with the epoch.
    let present = state.published.borrow().etag.clone();
    let after = after.filter(|after| present.split('-').next() == Some(after)).map(|_| present);
    let Published { json, etag, .. } = next(state, known.or(after).as_deref()).await;
    let json = String::from_utf8_lossy(&json);
    let length = json.len();
    format!("HTTP/1.1 200 OK\r\netag: {etag}\r\ncontent-length: {length}\r\n\r\n{json}")
}

async fn endpoints(state: &State, request: &[u8]) -> String {
    const TYPE: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    let request: serde_json::Value = serde_json::from_slice(request).unwrap();
    let Published { etag, endpoints, .. } = next(state, request["version_info"].as_str()).await;
    let endpoint = |address: &SocketAddr| {
        let (ip, port) = (address.ip().to_string(), address.port());
        let address = serde_json::json!({ "address": ip, "port_value": port });
        serde_json::json!({ "endpoint": { "address": { "socket_address": address } } })
    };
    let endpoints: Vec<_> = endpoints.iter().map(endpoint).collect();
    let resource = serde_json::json!({
        "@type": TYPE, "cluster_name": "nodes", "endpoints": [{ "lb_endpoints": endpoints }],
    });
    let resources = [resource];
    let answer =
        serde_json::json!({ "version_info": etag, "type_url": TYPE, "resources": resources });
    let answer = answer.to_string();
    let length = answer.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{answer}"
    )
}
