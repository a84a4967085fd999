//! The replicated state of the cluster.
//!
//! Every node applies the same commands in the same order, so everything here is exactly
//! deterministic: no clock, no randomness, no IO, no map with random order.
//!
//! # A change of the ring
//!
//! [`Command::Change`] computes by `claim` who should hold what, and remembers as
//! [`Target`] the partitions for which that differs from who does. Each of these then moves
//! by itself: [`Command::Move`] gives its group a `next` list, and when all of those have it,
//! makes that the list. When all have arrived, the change is done. [`Command::TakeBack`] drops
//! the `next` list until later, [`Command::Cancel`] all of what has not been completed. Each of
//! the three gives the group a new *configuration*, the epoch of the view that says so; nothing
//! else does.
//!
//! All preference lists of a view are of one length. Where a change makes them longer or
//! shorter (there are fewer nodes than copies, before or after), all partitions move as one.

mod bytes;
mod change;
mod command;
mod extent;
mod group;
mod join_tokens;
mod member_record;
mod members;
mod moves;
mod published;
mod refused;
mod settings;
mod settings_change;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use ringway_auth::{Auth, AuthCommand};
use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, NodeId, Partition, PartitionCount, ReplicationFactor};
use serde::{Deserialize, Serialize};

use crate::cluster_ca::ClusterCa;
use crate::cluster_id::ClusterId;
use crate::join_token::JoinTokenHash;
use crate::peering::node_number;

pub use self::bytes::ClusterBytesError;
pub use self::command::{Bootstrap, Change, Command, Newcomer};
use self::extent::Extent;
pub use self::group::{PartitionGroup, Vnode};
use self::join_tokens::JoinTokens;
pub use self::member_record::{MemberRecord, MemberState};
pub use self::refused::Refused;
pub use self::settings::Settings;
pub use self::settings_change::SettingsChange;
pub use self::target::Target;

/// All that the nodes agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    id: ClusterId,
    epoch: Epoch,
    partitions: PartitionCount,
    replication_factor: ReplicationFactor,
    settings: Settings,
    members: BTreeMap<NodeId, MemberRecord>,
    /// By partition. Shared with the states before, so that a state costs what has changed.
    groups: Vec<Arc<PartitionGroup>>,
    target: Option<Target>,
    /// Users and signing keys; nothing where none were asked for.
    auth: Option<Auth>,
    /// Who says who is a member; nothing where the nodes don't speak TLS with each other.
    ca: Option<ClusterCa>,
    join_tokens: JoinTokens,
    /// With the target, but for a change that began under a version that did not count.
    extent: Option<Extent>,
}

/// Whether a command that was not refused made a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    Changed,
    /// Everything is already as the command wants it.
    AsBefore,
}

impl Cluster {
    /// A cluster of one node, which holds everything.
    #[must_use]
    pub fn bootstrap(bootstrap: Bootstrap) -> Self {
        let Bootstrap { id, partitions, replication_factor, settings, first } = bootstrap;
        let vnode = Vnode { node: node_number(&first.id), since: Epoch::FIRST };
        let (configuration, replicas, next) = (Epoch::FIRST, vec![vnode], Vec::new());
        let group = Arc::new(PartitionGroup { configuration, replicas, next });
        let (node, record) = first.into_record(MemberState::Active);
        Self {
            id,
            epoch: Epoch::FIRST,
            partitions,
            replication_factor,
            settings,
            members: BTreeMap::from([(node, record)]),
            groups: vec![group; partitions.iter().len()],
            target: None,
            auth: None,
            ca: None,
            join_tokens: JoinTokens::default(),
            extent: None,
        }
    }

    /// The same, whose nodes know each other by `ca`.
    #[must_use]
    pub fn bootstrap_with_ca(bootstrap: Bootstrap, ca: ClusterCa) -> Self {
        Self { ca: Some(ca), ..Self::bootstrap(bootstrap) }
    }

    /// Does what `command` says, and tells the epoch of the state that has it done: the next
    /// one, or the present where nothing is left to do.
    ///
    /// # Errors
    /// When it can't be done in this state, which then stays as it is.
    pub fn apply(&mut self, command: Command) -> Result<Epoch, Refused> {
        let at = self.epoch.next();
        let applied = match command {
            Command::Bootstrap(_) | Command::BootstrapWithCa(..) => {
                Err(Refused::AlreadyBootstrapped { cluster: self.id })
            }
            Command::Join(newcomer) => self.join(newcomer, None),
            Command::JoinWithToken { newcomer, token, now } => {
                self.join(newcomer, Some((token, now)))
            }
            Command::JoinToken { token, ends, now } => self.open_token(token, ends, now),
            Command::Address { node, disk, client, peer } => {
                self.readdress(&node, disk, client, peer)
            }
            Command::Leave { node } => self.leave(&node),
            Command::Health { up, down } => self.set_health(&up, &down),
            Command::Settings(change) => Ok(self.set_settings(change)),
            Command::Change(change) => self.change(&change),
            Command::Move { complete, begin } => self.move_on(&complete, &begin, at),
            Command::Cancel => self.cancel(at),
            Command::TakeBack { partitions } => self.take_back(&partitions, at),
            Command::Retire { nodes } => self.retire(&nodes),
            Command::Forget { node, disk } => Ok(self.forget(&node, disk)),
            Command::Auth(command) => self.change_auth(command, at),
            Command::Count { change, bytes } => self.count(change, bytes),
        };
        if applied? == Applied::Changed {
            self.epoch = at;
        }
        Ok(self.epoch)
    }

    /// Which cluster this is.
    #[must_use]
    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// How many commands have changed it; the epoch of its view.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The number of partitions; for ever the same.
    #[must_use]
    pub fn partitions(&self) -> PartitionCount {
        self.partitions
    }

    /// How many copies are asked for; for ever the same.
    #[must_use]
    pub fn replication_factor(&self) -> ReplicationFactor {
        self.replication_factor
    }

    /// What operators may change.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Every member, by id.
    #[must_use]
    pub fn members(&self) -> &BTreeMap<NodeId, MemberRecord> {
        &self.members
    }

    /// Who is in the ring, or will be when the change is done that is on its way.
    pub fn active(&self) -> impl Iterator<Item = &NodeId> {
        let members = self.members.iter();
        members.filter(|(_, member)| member.state == MemberState::Active).map(|(id, _)| id)
    }

    /// The member whose number is `number`.
    #[must_use]
    pub fn member_numbered(&self, number: NodeNumber) -> Option<(&NodeId, &MemberRecord)> {
        self.members.iter().find(|(id, _)| node_number(id) == number)
    }

    /// Who holds `partition`.
    #[must_use]
    pub fn group(&self, partition: Partition) -> Option<&PartitionGroup> {
        self.groups.get(usize::from(partition.get())).map(Arc::as_ref)
    }

    /// Who holds what.
    pub fn groups(&self) -> impl Iterator<Item = (Partition, &PartitionGroup)> {
        self.partitions.iter().zip(self.groups.iter().map(Arc::as_ref))
    }

    /// What a change of the ring is on the way to; nothing where none is.
    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// Users and signing keys; nothing where none were asked for.
    #[must_use]
    pub fn auth(&self) -> Option<&Auth> {
        self.auth.as_ref()
    }

    /// By what the nodes know each other; nothing where they don't speak TLS with each other.
    #[must_use]
    pub fn ca(&self) -> Option<&ClusterCa> {
        self.ca.as_ref()
    }

    /// How many partitions a change has not brought to where they shall be, moving or not.
    #[must_use]
    pub fn partitions_left(&self) -> usize {
        self.target.as_ref().map_or(0, |target| target.lists.len())
    }

    /// Whether `node` holds any partition, or is about to.
    #[must_use]
    pub fn holds_anything(&self, node: NodeNumber) -> bool {
        self.groups.iter().any(|group| group.contains(node))
    }

    /// The length of every preference list.
    #[must_use]
    pub fn list_length(&self) -> usize {
        self.groups.first().map_or(0, |group| group.replicas.len())
    }

    fn change_auth(&mut self, command: AuthCommand, at: Epoch) -> Result<Applied, Refused> {
        let has_changed = Auth::apply(&mut self.auth, command, at.get())?;
        Ok(if has_changed { Applied::Changed } else { Applied::AsBefore })
    }

    fn open_token(
        &mut self,
        token: JoinTokenHash,
        ends: u64,
        now: u64,
    ) -> Result<Applied, Refused> {
        if self.ca.is_none() {
            return Err(Refused::NoTokensNeeded);
        }
        self.join_tokens.open(token, ends, now)?;
        Ok(Applied::Changed)
    }

    fn set_settings(&mut self, change: SettingsChange) -> Applied {
        let settings = change.applied_to(self.settings);
        let before = std::mem::replace(&mut self.settings, settings);
        if before == settings { Applied::AsBefore } else { Applied::Changed }
    }
}

#[cfg(test)]
mod cluster_test;
#[cfg(test)]
pub(crate) mod sample;
