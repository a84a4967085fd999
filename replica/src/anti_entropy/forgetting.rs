//! Ceasing to copy. What was copied stays, and what is missing is found anew.

use ringway_ring::{Key, Partition};

use super::AntiEntropy;
use crate::NodeNumber;
use crate::replica::Replica;

impl Replica {
    /// Forgets the copy of `key` that may be under way.
    pub(crate) fn cancel_copy(&mut self, partition: Partition, key: &Key<'static>) {
        let sessions = self.anti_entropy.sessions.values_mut();
        for session in sessions.chain(&mut self.anti_entropy.held) {
            if session.partition == partition {
                session.forget(key);
            }
        }
    }

    /// Forgets all that is compared and copied of `partition`.
    pub(crate) fn forget_copies(&mut self, partition: Partition) {
        let AntiEntropy { comparing, doubts, behind, sessions, held, .. } = &mut self.anti_entropy;
        doubts.retain(|&(doubted, _)| doubted != partition);
        sessions.retain(|_, session| session.partition != partition);
        held.retain(|session| session.partition != partition);
        behind.remove(&partition);
        if let Some(comparing) = comparing {
            comparing.partitions.remove(&partition);
        }
    }

    /// Nothing more comes from `peer`.
    pub(crate) fn lose_copies_from(&mut self, peer: NodeNumber) {
        let AntiEntropy { comparing, doubts, behind, sessions, held, .. } = &mut self.anti_entropy;
        doubts.retain(|&(_, doubted)| doubted != peer);
        sessions.retain(|_, session| session.peer != peer);
        held.retain(|session| session.peer != peer);
        behind.retain(|_, (from, _)| *from != peer);
        comparing.take_if(|comparing| comparing.peer == peer);
    }

    /// Forgets all copies under way.
    pub(crate) fn lose_copies(&mut self) {
        self.anti_entropy.sessions.clear();
        self.anti_entropy.held.clear();
    }
}
