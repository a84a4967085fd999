//! How a replica is doing, for metrics.

use crate::replica::Replica;
use crate::standing::Standing;

/// How a replica is doing. Every length here is bounded by its [`Config`](crate::Config).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Partitions that it holds.
    pub partitions: usize,
    /// Of these, those that it leads.
    pub led: usize,
    /// Of these, those whose records it has counted since it started.
    pub counted: usize,
    /// Partitions not compared yet with another holder that can be reached, since that one or
    /// this node came back.
    pub unchecked: usize,
    /// Partitions known to differ from another holder's, and not repaired yet.
    pub behind: usize,
    /// Requests whose outcome is open.
    pub requests: usize,
    /// Records in flight, under this and earlier ballots.
    pub proposals: usize,
    /// Answers that wait for the disk.
    pub unsynced: usize,
    /// Bytes of values on their way to the disk.
    pub unsynced_bytes: usize,
    /// Tombstones on their way out.
    pub graves: usize,
    /// Partitions being repaired.
    pub sessions: usize,
    /// Records copied from other holders since the start.
    pub copied: u64,
    /// Partitions that it holds or will hold, and that move.
    pub moving: usize,
    /// Of these, those of which it has all that the move needs.
    pub synced: usize,
    /// Bytes of values copied of partitions that moved, since the start.
    pub handed_off: u64,
    /// Partitions of which it removes what it holds no more.
    pub clearing: usize,
    /// Messages since the start that no replica that works sends. They were ignored.
    pub implausible: u64,
}

impl Status {
    /// Both together: a node may run several replicas, each for its own partitions.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            partitions: self.partitions + other.partitions,
            led: self.led + other.led,
            counted: self.counted + other.counted,
            unchecked: self.unchecked + other.unchecked,
            behind: self.behind + other.behind,
            requests: self.requests + other.requests,
            proposals: self.proposals + other.proposals,
            unsynced: self.unsynced + other.unsynced,
            unsynced_bytes: self.unsynced_bytes + other.unsynced_bytes,
            graves: self.graves + other.graves,
            sessions: self.sessions + other.sessions,
            copied: self.copied + other.copied,
            moving: self.moving + other.moving,
            synced: self.synced + other.synced,
            handed_off: self.handed_off + other.handed_off,
            clearing: self.clearing + other.clearing,
            implausible: self.implausible + other.implausible,
        }
    }
}

impl Replica {
    /// [`Status::implausible`], at the cost of reading a number.
    #[must_use]
    pub fn implausible(&self) -> u64 {
        self.implausible
    }

    /// How it is doing. Looks at every partition.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = Status {
            requests: self.requests,
            unsynced: self.disk.waiting(),
            unsynced_bytes: self.disk.bytes(),
            behind: self.anti_entropy.behind(),
            sessions: self.anti_entropy.sessions(),
            copied: self.anti_entropy.copied,
            handed_off: self.anti_entropy.handed_off,
            implausible: self.implausible,
            ..Status::default()
        };
        for vnode in self.vnodes.values() {
            let is_held = vnode.group.contains(self.me);
            status.partitions += usize::from(is_held);
            status.clearing += usize::from(!is_held || vnode.standing == Standing::Clearing);
            status.moving += usize::from(is_held && vnode.group.is_moving());
            status.synced += usize::from(self.is_synced(vnode));
            // What this node no longer holds it has nothing to catch up with.
            let is_member = is_held && vnode.is_member();
            let is_unchecked = vnode.unchecked.iter().any(|&node| self.reaches(node));
            status.unchecked += usize::from(is_member && is_unchecked);
            let is_counted = vnode.counting.done().is_some();
            status.counted += usize::from(is_member && is_counted);
            status.proposals += vnode.proposals.len();
            if let Some(leadership) = &vnode.leadership {
                status.led += usize::from(leadership.established);
                status.graves += leadership.graves.len();
            }
        }
        status
    }
}
