//! The client listener and the admin listener: connections in, answers out, and an orderly end.
//!
//! The accept loop is ours rather than warp's, because only so can it set `TCP_NODELAY`,
//! bound connections and the time that a request's head may take, and end in bounded time.

mod connection;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use self::connection::Connection;
use crate::access::Door;
use crate::config::Config;
use crate::data_file::DataFile;
use crate::node::Node;
use crate::open_files::connections_within_limit;
use crate::open_node_error::OpenNodeError;
use crate::opening::{Listening, OpenNode};
use crate::routes::{admin_routes, routes};
use crate::store::StoreError;

/// The head of a request beyond which it is refused with 431; keys are far shorter.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Connections to the admin listener: of some edges, each with its workers, and of monitoring.
const ADMIN_CONNECTIONS_MAX: usize = 128;
/// How often histograms are drained, which otherwise grow until somebody reads them.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// What a connection too many gets to see.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json\r\nx-ringway-outcome: not-applied\r\n\
    retry-after: 1\r\nconnection: close\r\n\
    content-length: 77\r\n\r\n\
    {\"error\":\"this node is overloaded: too many connections\",\"code\":\"overloaded\"}";

/// A node with its listeners, ready to serve.
pub struct Server {
    open: OpenNode,
    data_file: Option<DataFile>,
    listener: TcpListener,
    address: SocketAddr,
    admin: TcpListener,
    admin_address: SocketAddr,
}

impl Server {
    /// Listens for the other nodes and for edges, opens the node's data, and comes to its cluster.
    /// Who connects meanwhile waits. Takes as many files as the system lets this process have.
    ///
    /// # Errors
    /// When one of these ports is taken, the data can't be opened, or the cluster doesn't
    /// take the node in.
    pub async fn open(listener: TcpListener, mut config: Config) -> Result<Self, OpenServerError> {
        let connections_max = &mut config.limits.connections_max;
        *connections_max = connections_within_limit(*connections_max);
        let address = listener.local_addr()?;
        let peer = if config.secret.is_some() {
            Some(listen_for_peers(SocketAddr::new(config.host, config.peer_port)).await?)
        } else {
            None
        };
        let admin = listen_for_edges(config.admin).await?;
        let admin_address = admin.local_addr()?;
        let data_file = config.data_file.clone();
        let open = OpenNode::open(config, Listening { client: address, peer }).await?;
        Ok(Self { open, data_file, listener, address, admin, admin_address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for edges and monitoring.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until `shutdown`, then finishes what is in flight, in bounded time, and
    /// brings everything to the disk.
    ///
    /// # Errors
    /// When the storage fails for good. Nothing more is acknowledged then.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { open, data_file, listener, admin, .. } = self;
        let OpenNode { node, consensus, mut tasks } = open;
        let is_guarded = node.gate.is_some();
        let door = |guarded| if is_guarded { guarded } else { Door::Open };
        let clients = Connections::new(&node, node.limits.connections_max, door(Door::Guarded));
        let edges = Connections::new(&node, ADMIN_CONNECTIONS_MAX, door(Door::Operators));
        let for_clients = TowerToHyperService::new(warp::service(routes(&node)));
        let for_edges = TowerToHyperService::new(warp::service(admin_routes(&node)));
        tasks.spawn(keep_up(Arc::clone(&node)));
        if let Some(file) = data_file.clone() {
            tasks.spawn(file.keep(Arc::clone(&node)));
        }
        let failure = tokio::select! {
            () = shutdown => None,
            () = node.ending.asked() => {
                tracing::info!(node = %node.id, "stopping, as the cluster asks");
                None
            }
            error = node.store.failed() => Some(error),
            never = clients.accept_all(&listener, for_clients) => match never {},
            never = edges.accept_all(&admin, for_edges) => match never {},
        };
        drop((listener, admin));
        node.views.close();
        let grace = node.limits.shutdown_grace;
        let ends = Instant::now() + grace;
        tokio::join!(clients.finish(grace), edges.finish(grace));
        // What goes on though its client has gone away.
        let _ = timeout_at(ends, node.places.all_free()).await;
        consensus.shut_down().await;
        tasks.shutdown().await;
        let closing = Arc::clone(&node);
        let close = move || {
            // All that was acknowledged.
            if let Some(file) = data_file {
                file.write(&closing);
            }
            closing.store.close()
        };
        let failure = match tokio::task::spawn_blocking(close).await {
            Ok(Ok(())) => failure,
            Ok(Err(error)) => Some(error),
            Err(stopped) => return Err(ServeError::Close(stopped)),
        };
        match failure {
            None => Ok(()),
            Some(error) => Err(ServeError::Storage(error)),
        }
    }
}

async fn listen_for_peers(address: SocketAddr) -> Result<TcpListener, OpenServerError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| OpenServerError::PeerListener { address, source })
}

async fn listen_for_edges(address: SocketAddr) -> Result<TcpListener, OpenServerError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| OpenServerError::AdminListener { address, source })
}

async fn keep_up(node: Arc<Node>) {
    loop {
        sleep(METRICS_UPKEEP).await;
        node.metrics.run_upkeep();
    }
}

/// The connections of one listener.
struct Connections {
    patience: Duration,
    places: Arc<Semaphore>,
    door: Door,
    closing: watch::Sender<bool>,
    /// A clone lives in each connection; when all are gone the receiver knows.
    alive: mpsc::Sender<()>,
    all_gone: mpsc::Receiver<()>,
}

impl Connections {
    fn new(node: &Node, connections_max: usize, door: Door) -> Self {
        let (alive, all_gone) = mpsc::channel(1);
        Self {
            patience: node.limits.head_timeout,
            places: Arc::new(Semaphore::new(connections_max)),
            door,
            closing: watch::Sender::new(false),
            alive,
            all_gone,
        }
    }

    async fn accept_all<S, B>(&self, listener: &TcpListener, service: S) -> Infallible
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: std::error::Error + Send + Sync + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let mut http = http1::Builder::new();
        // Connections watch the time themselves.
        http.header_read_timeout(None).max_header_size(HEAD_BYTES_MAX);
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: they come back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
                refuse(&stream);
                continue;
            };
            // Answers are small and complete: waiting to fill a packet only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
            let connection = Connection {
                stream,
                peer: peer.ip(),
                door: self.door,
                patience: self.patience,
                closing: self.closing.subscribe(),
            };
            let served = connection.serve(http.clone(), service.clone());
            let alive = self.alive.clone();
            tokio::spawn(async move {
                served.await;
                drop((place, alive));
            });
        }
    }

    /// Waits until all connections are done, but not longer than `grace`.
    async fn finish(self, grace: Duration) {
        let Self { closing, alive, mut all_gone, .. } = self;
        closing.send_replace(true);
        drop(alive);
        if timeout(grace, all_gone.recv()).await.is_err() {
            tracing::warn!("gave up on connections that did not finish in time");
        }
    }
}

fn refuse(stream: &TcpStream) {
    // Fresh socket, empty buffer: it takes this at once, or the client is gone.
    let _ = stream.try_write(TOO_MANY_CONNECTIONS);
}

/// Why a server did not come up.
#[derive(Debug, Error)]
pub enum OpenServerError {
    /// The node did not open.
    #[error(transparent)]
    Node(#[from] OpenNodeError),
    /// The other nodes can't be listened for.
    #[error("can't listen for the other nodes on {address}: {source}")]
    PeerListener {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Edges can't be listened for.
    #[error(
        "can't listen for edges on {address}, which --admin-host and --admin-port say: {source}"
    )]
    AdminListener {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The listener has no address, or the opening thread died.
    #[error("the listener can't be used: {0}")]
    Listener(#[from] io::Error),
}

/// Why a server ended by itself.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The disk fails. Writes that were not acknowledged may or may not be stored.
    #[error("{0}; writes under way may or may not be stored")]
    Storage(Arc<StoreError>),
    /// The store was not closed.
    #[error("the store was not closed: {0}")]
    Close(tokio::task::JoinError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_too_many_is_told_that_nothing_was_applied() {
        let text = str::from_utf8(TOO_MANY_CONNECTIONS).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let headers: Vec<_> = head.split("\r\n").skip(1).collect();
        assert!(headers.contains(&"x-ringway-outcome: not-applied"), "{head}");
        assert!(headers.contains(&&*format!("content-length: {}", body.len())), "{head}");
        assert!(headers.iter().all(|header| !header.starts_with(' ')), "{head}");
    }
}
