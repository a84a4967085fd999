//! A launcher for tests: the real service, over nodes that are only said to run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use ringway_ring::NodeId;
use tokio::net::TcpListener;

use super::backend::Backend;
use super::service::routes;
use super::token::Token;
use super::{LaunchError, LaunchedNode, StartNode};
use crate::DiskId;
use crate::membership::{Command, Membership, Newcomer};
use crate::peers::Secret;

/// Lets each node that is started join, and does nothing else for it.
pub(crate) struct FakeLauncher {
    pub(crate) url: String,
    backend: Arc<FakeBackend>,
}

#[derive(Default)]
struct FakeBackend {
    membership: OnceLock<Membership>,
    /// The nodes whose image is missing.
    broken: Mutex<BTreeSet<NodeId>>,
    running: Mutex<BTreeMap<NodeId, LaunchedNode>>,
    /// Which were stopped, and whether their data was kept.
    stopped: Mutex<Vec<(NodeId, bool)>>,
}

impl FakeLauncher {
    /// Listens, for those who know the secret in `secret_file`.
    pub(crate) async fn listen(secret_file: &Path) -> Self {
        let backend = Arc::new(FakeBackend::default());
        let token = Token::new(&Secret::read(secret_file).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(warp::serve(routes(&backend, token)).incoming(listener).run());
        Self { url, backend }
    }

    /// Nodes join this cluster.
    pub(crate) fn serve(&self, membership: Membership) {
        assert!(self.backend.membership.set(membership).is_ok(), "one cluster");
    }

    /// The node `id` can't be started.
    pub(crate) fn break_node(&self, id: &str) {
        self.backend.broken.lock().insert(id.parse().unwrap());
    }

    pub(crate) fn running(&self) -> Vec<String> {
        self.backend.running.lock().keys().map(ToString::to_string).collect()
    }

    pub(crate) fn stopped(&self) -> Vec<(String, bool)> {
        let stopped = self.backend.stopped.lock();
        stopped.iter().map(|(id, keep_data)| (id.to_string(), *keep_data)).collect()
    }
}

impl Backend for FakeBackend {
    async fn start(&self, node: StartNode) -> Result<LaunchedNode, LaunchError> {
        let StartNode { id, join, zone, weight, .. } = node;
        assert!(!join.is_empty(), "it would not know whom to ask");
        if self.broken.lock().contains(&id) {
            return Err(LaunchError::ImageMissing { image: "ringway-node".into() });
        }
        let place = {
            let mut running = self.running.lock();
            if running.contains_key(&id) {
                return Err(LaunchError::NameTaken { id });
            }
            let port = 20_000 + 2 * u16::try_from(running.len()).unwrap();
            let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
            let place = LaunchedNode { id: id.clone(), client: at(port), peer: at(port + 1) };
            running.insert(id.clone(), place.clone());
            place
        };
        let (client, peer, disk) = (place.client, place.peer, DiskId::random().unwrap());
        let newcomer = Newcomer { id, client, peer, zone, weight, disk };
        self.membership.get().unwrap().propose(Command::Join(newcomer)).await.unwrap();
        Ok(place)
    }

    async fn stop(&self, id: NodeId, keep_data: bool) -> Result<(), LaunchError> {
        if self.running.lock().remove(&id).is_none() {
            return Err(LaunchError::UnknownNode { id });
        }
        self.stopped.lock().push((id, keep_data));
        Ok(())
    }

    async fn list(&self) -> Result<Vec<LaunchedNode>, LaunchError> {
        Ok(self.running.lock().values().cloned().collect())
    }

    async fn close(&self) {}
}
