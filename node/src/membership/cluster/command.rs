//! What can be asked of the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use ringway_auth::AuthCommand;
use ringway_ring::{
    Epoch, Health, NodeId, Partition, PartitionCount, ReplicationFactor, Weight, Zone,
};
use serde::{Deserialize, Serialize};

use super::{MemberRecord, MemberState, Settings, SettingsChange};
use crate::cluster_ca::ClusterCa;
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;
use crate::join_token::JoinTokenHash;

/// What can be asked of the cluster. Agreed on in one order, then applied by every node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Make a cluster of one node.
    Bootstrap(Bootstrap),
    /// Take in a node. It holds nothing until a [`Change`] adds it. A member that asks again
    /// from the same disk is welcome: its addresses are noted.
    Join(Newcomer),
    /// A member is somewhere else now.
    Address {
        /// Which.
        node: NodeId,
        /// Its disk, which tells that it is still the same.
        disk: DiskId,
        /// Where it listens for clients.
        client: SocketAddr,
        /// Where it listens for nodes.
        peer: SocketAddr,
    },
    /// Forget a member that is not in the ring.
    Leave {
        /// Which.
        node: NodeId,
    },
    /// Set out for another ring.
    Change(Change),
    /// End moves, and let others begin: both in one view, since each costs every node and edge
    /// something.
    Move {
        /// The partitions that every next holder has in full, and the configuration in which
        /// that was found: so that nothing ends that was cancelled and begun anew meanwhile.
        complete: BTreeMap<Partition, Epoch>,
        /// Those that set out for where the change wants them.
        begin: BTreeSet<Partition>,
    },
    /// Stop changing the ring. What is completed stays, the rest goes back.
    Cancel,
    /// Note who answers and who doesn't: a hint for routing, which moves nothing.
    Health {
        /// Who does.
        up: BTreeSet<NodeId>,
        /// Who doesn't.
        down: BTreeSet<NodeId>,
    },
    /// Set some of what can be set.
    Settings(SettingsChange),
    /// Take members out of the ring, as a [`Change`] does, and out of the cluster once they
    /// hold nothing.
    Retire {
        /// Which. Who is not in the ring any more can go at once.
        nodes: BTreeSet<NodeId>,
    },
    /// Forget a member that is retired, now that it is stopped. Where there is none, or
    /// another node of that name, nothing is left to do.
    Forget {
        /// Which.
        node: NodeId,
        /// Its disk.
        disk: DiskId,
    },
    /// Change users or signing keys.
    Auth(AuthCommand),
    /// Make a cluster of one node, whose nodes speak TLS with each other.
    BootstrapWithCa(Box<Bootstrap>, ClusterCa),
    /// Take in a node as [`Command::Join`] does, where whoever joins needs a token. One that is
    /// taken in has used its token up.
    JoinWithToken {
        /// The node.
        newcomer: Newcomer,
        /// What it has.
        token: JoinTokenHash,
        /// When that was asked for, in seconds since 1970.
        now: u64,
    },
    /// Let one node join, once.
    JoinToken {
        /// What it will have.
        token: JoinTokenHash,
        /// Until when it may, in seconds since 1970.
        ends: u64,
        /// When that was asked for.
        now: u64,
    },
    /// Note how much there is to copy for the change that is on its way: once, for whoever wants
    /// to know how far that is.
    Count {
        /// Which: the epoch at which it began.
        change: Epoch,
        /// The bytes of values of each partition, as far as that is known.
        bytes: BTreeMap<Partition, u64>,
    },
    /// Have partitions go back that move. The change is still to bring them there, and lets them
    /// begin anew.
    TakeBack {
        /// Which, and the configuration in which that was found: as in [`Command::Move`].
        partitions: BTreeMap<Partition, Epoch>,
    },
}

impl Command {
    /// What it does, in a word, for logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bootstrap(_) => "bootstrap",
            Self::Join(_) => "join",
            Self::Address { .. } => "address",
            Self::Leave { .. } => "leave",
            Self::Change(_) => "change",
            Self::Move { .. } => "move",
            Self::Cancel => "cancel",
            Self::Health { .. } => "health",
            Self::Settings(_) => "settings",
            Self::Retire { .. } => "retire",
            Self::Forget { .. } => "forget",
            Self::Auth(_) => "auth",
            Self::BootstrapWithCa(..) => "bootstrap_with_ca",
            Self::JoinWithToken { .. } => "join_with_token",
            Self::JoinToken { .. } => "join_token",
            Self::Count { .. } => "count",
            Self::TakeBack { .. } => "take_back",
        }
    }
}

/// How a cluster begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Drawn at random, by who makes the command.
    pub id: ClusterId,
    /// Into how many partitions the ring is divided, for ever.
    pub partitions: PartitionCount,
    /// How many copies are kept where there are nodes enough, for ever.
    pub replication_factor: ReplicationFactor,
    /// What can be changed later.
    pub settings: Settings,
    /// The first member.
    pub first: Newcomer,
}

/// A node that is to be a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// What it is called.
    pub id: NodeId,
    /// Where it listens for clients.
    pub client: SocketAddr,
    /// Where it listens for nodes.
    pub peer: SocketAddr,
    /// What it fails together with.
    pub zone: Zone,
    /// How much of the ring it takes, once it is in it.
    pub weight: Weight,
    /// The disk that holds its data.
    pub disk: DiskId,
}

impl Newcomer {
    pub(super) fn into_record(self, state: MemberState) -> (NodeId, MemberRecord) {
        let Self { id, client, peer, zone, weight, disk } = self;
        let health = Health::Up;
        (id, MemberRecord { client, peer, zone, weight, disk, state, health })
    }
}

/// A ring that is wanted, told by how it differs from the present one. With nothing in it:
/// the present members, balanced. What is so already is no difference, and no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Change {
    /// Members that shall be in the ring.
    pub add: BTreeSet<NodeId>,
    /// Members that shall not.
    pub remove: BTreeSet<NodeId>,
    /// Weights, of any that shall be in it.
    pub weights: BTreeMap<NodeId, Weight>,
}
