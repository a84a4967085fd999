//! What no replica that works says. A peer has proved that it is one of the cluster, not that
//! it is free of bugs, and some of what a bug could say would do harm for good: a promise of
//! the highest round that there is leaves no ballot above it, and of a key that is stored in
//! two partitions one copy is out of date.

use ringway_ring::{Key, Partition};

use crate::replica::Replica;
use crate::{Ballot, Message, Record, Token, Version};

impl Replica {
    /// Whether a replica that works can have sent `message`: no round is beyond
    /// [`Ballot::ROUND_MAX`], and each key that may be stored is of the partition that it is
    /// said to be of. Whether a ballot's node holds the partition is not asked: a record may
    /// be of a time when others did.
    pub(crate) fn is_plausible(&self, message: &Message) -> bool {
        match message {
            Message::Prepare { ballots, .. }
            | Message::Claim { ballots }
            | Message::Promised { refused: ballots, .. } => {
                ballots.iter().all(|&(_, ballot)| is_near(ballot))
            }
            Message::Accept { partition, key, record } => {
                self.is_of(*partition, key) && is_record_near(record)
            }
            Message::Accepted { version, .. } | Message::Purged { tombstone: version, .. } => {
                is_near(version.ballot)
            }
            Message::Collect { partition, ballot, key, .. } => {
                self.is_of(*partition, key) && is_near(*ballot)
            }
            Message::Collected { partition, key, record, .. } => {
                self.is_of(*partition, key) && record.iter().all(is_record_near)
            }
            Message::Refused { ballot, promised, .. } => is_near(*ballot) && is_near(*promised),
            Message::Forward { partition, key, .. } => self.is_of(*partition, key),
            Message::Purge { partition, key, tombstone, floor } => {
                let are_near = is_near(tombstone.ballot) && is_near(floor.ballot);
                self.is_of(*partition, key) && are_near
            }
            Message::Handover { ballot, .. } => is_near(*ballot),
            Message::Listed { token, versions, .. } => {
                versions.iter().all(|(key, Version { ballot, .. })| {
                    self.is_asked_for(*token, key) && is_near(*ballot)
                })
            }
            Message::Pulled { token, records } => records
                .iter()
                .all(|(key, record)| self.is_asked_for(*token, key) && is_record_near(record)),
            Message::Answer { .. }
            | Message::Compare { .. }
            | Message::Differs { .. }
            | Message::List { .. }
            | Message::Pull { .. }
            | Message::StaleView => true,
        }
    }

    fn is_of(&self, partition: Partition, key: &Key<'_>) -> bool {
        self.partitions.partition(key.position()) == partition
    }

    /// Whether `key` is of the partition that the question `token` was about. True where
    /// nothing is known of the question, and so nothing is done with the answer.
    fn is_asked_for(&self, token: Token, key: &Key<'_>) -> bool {
        let partition = self.anti_entropy.partition(token);
        partition.is_none_or(|partition| self.is_of(partition, key))
    }
}

fn is_near(ballot: Ballot) -> bool {
    ballot.round <= Ballot::ROUND_MAX
}

fn is_record_near(record: &Record) -> bool {
    is_near(record.accepted.ballot)
}
