//! Servers come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ringway_ring::{Health, NodeId, Weight, Zone};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::choice::to_add;
use super::in_turn::agree_in_turn;
use super::{ServersError, Wanted};
use crate::agreed::Agreed;
use crate::join_token::JoinToken;
use crate::launcher::{LaunchedNode, LauncherClient, LauncherError, StartNode};
use crate::membership::{Change, Command, ProposeError, Refused};
use crate::node::Node;
use crate::refusal::Refusal;

/// How long after a server answers this node may take to hear that it has joined.
const JOIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long a server may take to come up and join.
const TOKEN_SECONDS: u64 = 5 * 60;
/// How often, and how many times, the cluster is told that servers are not wanted after all.
const UNDO_INTERVAL: Duration = Duration::from_secs(2);
const UNDO_ATTEMPTS: u32 = 30;

/// What became of each server that was to start.
type Started = BTreeMap<NodeId, Result<LaunchedNode, LauncherError>>;

/// Has the launcher start the servers that are `wanted`, all at once, and the cluster put them
/// into the ring, by one change. It all succeeds, or the ring stays as it is, and what was
/// started is stopped again. They are started before a change that is on its way is waited for, so
/// that their names are taken, and what can't be started is told at once.
///
/// # Errors
/// When it can't be done; what failed first says why.
pub(crate) async fn add(node: &Arc<Node>, wanted: &Wanted) -> Result<Agreed, Refusal> {
    let deadline = Instant::now() + node.limits.ring_patience;
    let launcher = node.launcher.clone().ok_or(ServersError::NoLauncher)?;
    let running = launcher.list().await.map_err(ServersError::Launcher)?;
    let cluster = node.clusters.present();
    let running = running.into_iter().map(|node| node.id);
    let names = to_add(wanted, &running.chain(cluster.members().keys().cloned()).collect())?;
    let members = cluster.members().values();
    let join: Vec<_> = members.filter(|it| it.health == Health::Up).map(|it| it.peer).collect();
    tracing::info!(?names, "servers are to come");
    let mut to_start = Vec::new();
    for id in names {
        let token = join_token(node).await?;
        let (join, zone, weight) = (join.clone(), Zone::default(), Weight::ONE);
        to_start.push(StartNode { id, join, zone, weight, token });
    }
    let started = start(&launcher, to_start).await;
    match put_in(node, &started, deadline).await {
        // Perhaps they are in: what became of it is for whoever asked to find out.
        Err(refusal @ Refusal::Proposal(ProposeError::Unknown { .. })) => Err(refusal),
        Err(refusal) => {
            take_back(node, &launcher, &started).await;
            Err(refusal)
        }
        agreed => agreed,
    }
}

/// What lets one server join, where that is needed.
async fn join_token(node: &Node) -> Result<Option<JoinToken>, Refusal> {
    if node.clusters.present().ca().is_none() {
        return Ok(None);
    }
    let token = JoinToken::random().map_err(Refusal::Randomness)?;
    node.open_join_token(&token, TOKEN_SECONDS).await?;
    Ok(Some(token))
}

async fn start(launcher: &LauncherClient, wanted: Vec<StartNode>) -> Started {
    let mut starting = JoinSet::new();
    for node in wanted {
        let launcher = launcher.clone();
        starting.spawn(async move { (node.id.clone(), launcher.start(&node).await) });
    }
    starting.join_all().await.into_iter().collect()
}

async fn put_in(node: &Node, started: &Started, deadline: Instant) -> Result<Agreed, Refusal> {
    if let Some(error) = started.values().find_map(|started| started.as_ref().err()) {
        return Err(ServersError::Launcher(error.clone()).into());
    }
    let mut clusters = node.clusters.subscribe();
    let is_out = |id: &&NodeId| !node.clusters.present().members().contains_key(*id);
    let joined = clusters.wait_for(|it| started.keys().all(|id| it.members().contains_key(id)));
    if timeout(JOIN_PATIENCE, joined).await.is_err()
        && let Some(id) = started.keys().find(is_out)
    {
        return Err(ServersError::NotJoined { id: id.clone() }.into());
    }
    let add: BTreeSet<NodeId> = started.keys().cloned().collect();
    let change = Change { add, ..Change::default() };
    agree_in_turn(node, deadline, |_| Ok(Command::Change(change.clone()))).await
}

/// Stops again what was started. What has joined the cluster is retired, so that the
/// coordinator stops it; if that can't be agreed on now, it is tried again for a while.
async fn take_back(node: &Arc<Node>, launcher: &LauncherClient, started: &Started) {
    // Who has the name already is somebody else, and stays. What else the launcher says has
    // failed is gone there, and may be a member all the same.
    let is_ours = |started: &Result<_, LauncherError>| match started {
        Err(error) => !error.is_name_taken(),
        Ok(_) => true,
    };
    let ours = started.iter().filter(|(_, started)| is_ours(started)).map(|(id, _)| id.clone());
    let ours: BTreeSet<NodeId> = ours.collect();
    let left = take_back_once(node, launcher, ours).await;
    if left.is_empty() {
        return;
    }
    tracing::error!(?left, "servers that were not added are not stopped yet");
    let (node, launcher, mut left) = (Arc::clone(node), launcher.clone(), left);
    tokio::spawn(async move {
        for _ in 0..UNDO_ATTEMPTS {
            sleep(UNDO_INTERVAL).await;
            left = take_back_once(&node, &launcher, left).await;
            if left.is_empty() {
                return;
            }
        }
        tracing::error!(?left, "servers that were not added are left: DELETE /rm stops them");
    });
}

/// Tells for whom it could not be done.
async fn take_back_once(
    node: &Node,
    launcher: &LauncherClient,
    ids: BTreeSet<NodeId>,
) -> BTreeSet<NodeId> {
    let mut left = BTreeSet::new();
    for id in ids {
        let retire = Command::Retire { nodes: BTreeSet::from([id.clone()]) };
        let is_done = match node.membership.propose(retire).await {
            Ok(_) => true,
            Err(ProposeError::Refused(Refused::NoSuchMember { .. })) => {
                match launcher.stop(&id, false).await {
                    Ok(()) => true,
                    Err(error) => error.is_unknown_node(),
                }
            }
            Err(_) => false,
        };
        if !is_done {
            left.insert(id);
        }
    }
    left
}
