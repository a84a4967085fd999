//! Whoever is retired is stopped, and forgotten then.
//!
//! In this order: a coordinator that dies in between leaves a member that is retired, and the
//! next one finds it so. Nobody would find a node that runs and is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ringway_replica::NodeNumber;
use ringway_ring::NodeId;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::launcher::{LauncherClient, LauncherError};
use crate::let_end::{LetEnd, let_end};
use crate::membership::{Cluster, Command, MemberRecord, MemberState, Membership};
use crate::peering::node_number;
use crate::peers::Peers;

/// How long after an attempt that came to nothing the next is made.
const AGAIN: Duration = Duration::from_secs(1);

/// Stops and forgets who is retired, while this node coordinates.
pub(crate) struct Farewells {
    host: Arc<Host>,
    under_way: BTreeMap<NodeId, AbortHandle>,
    tasks: JoinSet<()>,
}

struct Host {
    me: NodeNumber,
    membership: Membership,
    peers: Option<Arc<Peers>>,
    launcher: Option<LauncherClient>,
}

impl Farewells {
    pub(crate) fn new(
        me: NodeNumber,
        membership: Membership,
        peers: Option<Arc<Peers>>,
        launcher: Option<LauncherClient>,
    ) -> Self {
        let host = Arc::new(Host { me, membership, peers, launcher });
        Self { host, under_way: BTreeMap::new(), tasks: JoinSet::new() }
    }

    /// Begins to see off whoever is retired in `cluster` and has no part in consensus any
    /// more. A node may take long to end, and nobody else waits for that.
    pub(super) fn begin(&mut self, cluster: &Cluster) {
        while self.tasks.try_join_next().is_some() {}
        self.under_way.retain(|_, task| !task.is_finished());
        for (id, member) in cluster.members() {
            let number = node_number(id);
            let is_due = member.state == MemberState::Retired
                && number != self.host.me
                && !self.host.membership.votes(number)
                && !self.under_way.contains_key(id);
            if is_due {
                let (host, id, member) = (Arc::clone(&self.host), id.clone(), member.clone());
                let task = self.tasks.spawn({
                    let id = id.clone();
                    async move { host.see_off(&id, &member).await }
                });
                self.under_way.insert(id, task);
            }
        }
    }

    /// This node coordinates no longer.
    pub(super) fn leave_to_the_next(&mut self) {
        self.tasks.abort_all();
        self.under_way.clear();
    }
}

impl Host {
    async fn see_off(&self, id: &NodeId, member: &MemberRecord) {
        if let Err(error) = self.stop(id).await {
            tracing::warn!(%id, %error, "a retired node could not be stopped yet");
            return sleep(AGAIN).await;
        }
        let forget = Command::Forget { node: id.clone(), disk: member.disk };
        match self.membership.propose(forget).await {
            Ok(_) => tracing::info!(%id, "a retired node is stopped and forgotten"),
            Err(error) => {
                tracing::warn!(%id, %error, "a retired node is stopped and not forgotten yet");
                sleep(AGAIN).await;
            }
        }
    }

    /// Returns once the node is gone: by the launcher, and with its data, if that runs it.
    async fn stop(&self, id: &NodeId) -> Result<(), NotStopped> {
        match &self.launcher {
            Some(launcher) => match launcher.stop(id, false).await {
                Err(error) if error.is_unknown_node() => self.let_end(id).await,
                stopped => Ok(stopped?),
            },
            None => self.let_end(id).await,
        }
    }

    /// Asks the node itself to end. Who is not there to be asked has ended.
    async fn let_end(&self, id: &NodeId) -> Result<(), NotStopped> {
        let Some(peers) = &self.peers else { return Ok(()) };
        match let_end(peers, node_number(id)).await {
            LetEnd::Ended | LetEnd::NeverReached => Ok(()),
            LetEnd::StillThere => Err(NotStopped::StillThere),
        }
    }
}

/// Why a node that should be gone may not be.
#[derive(Debug, thiserror::Error)]
enum NotStopped {
    /// The launcher doesn't stop it.
    #[error(transparent)]
    Launcher(#[from] LauncherError),
    /// It goes on.
    #[error("it was asked to end, and still answers")]
    StillThere,
}
