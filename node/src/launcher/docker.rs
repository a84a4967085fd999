//! Nodes as containers, on a network of a Docker engine.
//!
//! Everything it knows it reads from Docker each time: its own containers by their labels,
//! and those that Compose started on the network by Compose's. So nothing is lost when it
//! starts again, and somebody who removes a container by hand is no matter.

mod addresses;
mod container_spec;
mod engine;
mod found_node;
mod surroundings;
mod token_archive;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ringway_ring::NodeId;
use tokio::sync::Mutex;
use tokio::time::timeout;

use self::addresses::Subnet;
use self::container_spec::ContainerSpec;
use self::engine::Engine;
use self::found_node::FoundNode;
use self::surroundings::Surroundings;
use super::backend::Backend;
use super::heartbeat::answers;
use super::{LaunchError, LaunchedNode, StartNode};

/// How long a node may take to answer: it opens its data first, and joins.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How often a container that comes up is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Where each container listens, on an address of its own.
const CLIENT_PORT: u16 = 8080;
const PEER_PORT: u16 = 8081;

/// Where containers are started, and of what. What is not said is as with the container that
/// the launcher itself is in.
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// Docker's Unix socket.
    pub socket: PathBuf,
    /// The image.
    pub image: Option<String>,
    /// The network.
    pub network: Option<String>,
    /// The volume with the cluster's secret, mounted below the secret file's directory.
    pub secret_volume: Option<String>,
    /// The file with the cluster's secret, as the nodes see it.
    pub secret_file: PathBuf,
}

/// Runs nodes as containers. They go on without it.
#[derive(Debug)]
pub(super) struct DockerBackend {
    config: DockerConfig,
    /// Where the nodes find this launcher.
    url: String,
    /// Held while a name and an address are chosen and taken.
    choosing: Mutex<()>,
}

impl DockerBackend {
    /// Docker is first spoken with when something is asked for: a launcher without Docker
    /// says so then.
    pub(super) fn new(config: DockerConfig, url: String) -> Self {
        Self { config, url, choosing: Mutex::new(()) }
    }

    async fn reach(&self) -> Result<(Engine, Surroundings), LaunchError> {
        let engine = Engine::connect(&self.config.socket).await?;
        let surroundings = Surroundings::find(&engine, &self.config).await?;
        Ok((engine, surroundings))
    }

    /// Makes and starts a container for `node`. What can't be started is removed again.
    async fn begin(
        &self,
        engine: &Engine,
        at: &Surroundings,
        node: &StartNode,
    ) -> Result<Begun, LaunchError> {
        let _one_at_a_time = self.choosing.lock().await;
        engine.check_image(&at.image).await?;
        let subnet: Subnet = engine.subnet(&at.network).await?;
        let present = engine.nodes(&at.network).await?;
        if let Some(old) = present.iter().find(|found| found.id == node.id) {
            if old.is_running || !old.is_ours {
                return Err(LaunchError::NameTaken { id: node.id.clone() });
            }
            // Stopped with its data kept, which the new one finds in the volume.
            engine.remove(&old.container).await?;
        }
        let taken = engine.taken_addresses(&at.network).await?;
        let address = subnet.free_address(&taken)?;
        let spec = ContainerSpec {
            node,
            address,
            client: SocketAddr::new(IpAddr::V4(address), CLIENT_PORT),
            peer: SocketAddr::new(IpAddr::V4(address), PEER_PORT),
            at,
            secret_file: &self.config.secret_file,
            url: &self.url,
        };
        let is_new_volume = !engine.has_volume(&spec.volume()).await?;
        let begun = Begun {
            place: LaunchedNode { id: node.id.clone(), client: spec.client, peer: spec.peer },
            container: spec.name(),
            new_volume: is_new_volume.then(|| spec.volume()),
        };
        let started = async {
            engine.create(&spec).await?;
            if let Some(token) = &node.token {
                engine.give_token(&begun.container, token).await?;
            }
            engine.start(&begun.container, &node.id).await
        };
        match started.await {
            Ok(()) => Ok(begun),
            Err(error) => {
                begun.undo(engine).await;
                Err(error)
            }
        }
    }
}

/// A container that is started and may not answer yet.
struct Begun {
    place: LaunchedNode,
    container: String,
    /// What is removed with it, unless it comes up.
    new_volume: Option<String>,
}

impl Begun {
    async fn come_up(&self, engine: &Engine) -> Result<LaunchedNode, LaunchError> {
        let id = || self.place.id.clone();
        let ended = async {
            while engine.runs(&self.container).await.unwrap_or(true) {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        let up = async {
            tokio::select! {
                () = answers(self.place.client) => true,
                () = ended => false,
            }
        };
        match timeout(START_PATIENCE, up).await {
            Ok(true) => Ok(self.place.clone()),
            Ok(false) => {
                Err(LaunchError::Ended { id: id(), said: engine.last_words(&self.container).await })
            }
            Err(_) => {
                let said = engine.last_words(&self.container).await;
                Err(LaunchError::Silent { id: id(), patience: START_PATIENCE, said })
            }
        }
    }

    /// Removes what was begun, as far as it is there.
    async fn undo(&self, engine: &Engine) {
        let mut removed = engine.remove(&self.container).await;
        if let Some(volume) = &self.new_volume {
            removed = removed.and(engine.remove_volume(volume).await);
        }
        if let Err(error) = removed {
            tracing::error!(container = self.container, %error, "a container that was not wanted is left");
        }
    }
}

impl Backend for DockerBackend {
    async fn start(&self, node: StartNode) -> Result<LaunchedNode, LaunchError> {
        let (engine, at) = self.reach().await?;
        let begun = self.begin(&engine, &at, &node).await?;
        let up = begun.come_up(&engine).await;
        if up.is_err() {
            begun.undo(&engine).await;
        }
        up
    }

    async fn stop(&self, id: NodeId, keep_data: bool) -> Result<(), LaunchError> {
        let (engine, at) = self.reach().await?;
        let found = engine.nodes(&at.network).await?.into_iter().find(|found| found.id == id);
        let found = found.ok_or(LaunchError::UnknownNode { id })?;
        engine.stop(&found.container).await?;
        if !keep_data {
            engine.remove(&found.container).await?;
            for volume in &found.data_volumes {
                engine.remove_volume(volume).await?;
            }
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<LaunchedNode>, LaunchError> {
        let (engine, at) = self.reach().await?;
        let found = engine.nodes(&at.network).await?;
        let running = found.into_iter().filter(|found| found.is_running);
        let mut nodes: Vec<_> = running.filter_map(FoundNode::place).collect();
        nodes.sort();
        Ok(nodes)
    }

    /// Containers go on: Docker keeps them.
    async fn close(&self) {}
}

#[cfg(test)]
mod docker_test;
