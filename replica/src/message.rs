//! What nodes say to each other.

use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition};
use serde::{Deserialize, Serialize};

use crate::{BUCKETS, Ballot, Incarnation, NodeNumber, Operation, Outcome, Record, Token, Version};

/// A message, and who sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who sends it.
    pub from: NodeNumber,
    /// Which start of the sender.
    pub incarnation: Incarnation,
    /// The sender's view: news, if it is not the receiver's.
    pub epoch: Epoch,
    /// What it says.
    pub message: Message,
}

/// What one node says to another. Each may be lost, delayed, repeated and overtaken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Asks for the promise to refuse ballots below these: to become leader, and then
    /// again, to confirm before a read that one still is.
    Prepare {
        /// To be echoed.
        token: Token,
        /// All that the sender wants to lead or confirm, in the order of the partitions.
        ballots: Vec<(Partition, Ballot)>,
    },
    /// Grants what a [`Message::Prepare`] asked for, but for these.
    Promised {
        /// Of the message it answers.
        token: Token,
        /// The partitions whose higher promise stands against it.
        refused: Vec<(Partition, Ballot)>,
    },
    /// Proposes a record under the ballot of its `accepted` version.
    Accept {
        /// Of the key.
        partition: Partition,
        /// Whose record.
        key: Key<'static>,
        /// The record.
        record: Record,
    },
    /// The record, or one that came after it under the same ballot, is durable here.
    Accepted {
        /// Of the key.
        partition: Partition,
        /// The version proposed.
        version: Version,
    },
    /// Asks for a key's record, and for the promise like a [`Message::Prepare`].
    Collect {
        /// To be echoed.
        token: Token,
        /// Of the key.
        partition: Partition,
        /// The asking leader's.
        ballot: Ballot,
        /// Which key.
        key: Key<'static>,
    },
    /// Answers a [`Message::Collect`] with what is durable here.
    Collected {
        /// Of the message it answers.
        token: Token,
        /// Of the key.
        partition: Partition,
        /// Which key.
        key: Key<'static>,
        /// The record, if there is one.
        record: Option<Record>,
    },
    /// An Accept, Collect or Purge met a higher ballot.
    Refused {
        /// Which partition.
        partition: Partition,
        /// The ballot that was refused.
        ballot: Ballot,
        /// The higher one.
        promised: Ballot,
    },
    /// Hands a client's request to the leader. Carried out at most once.
    Forward {
        /// Names it, for the answer and for not doing it twice.
        id: Token,
        /// The start of the receiver that it is meant for; another ignores it.
        to: Incarnation,
        /// Of the key.
        partition: Partition,
        /// Which key.
        key: Key<'static>,
        /// What to do.
        operation: Operation,
        /// How long the client will wait.
        timeout_ms: u64,
        /// How often it was forwarded, this time included.
        hops: u8,
    },
    /// What became of a forwarded request.
    Answer {
        /// Of the message it answers.
        id: Token,
        /// What became of it.
        outcome: Outcome,
    },
    /// Every holder has this tombstone: it may go.
    Purge {
        /// Of the key.
        partition: Partition,
        /// Which key.
        key: Key<'static>,
        /// The version under which all accepted the tombstone.
        tombstone: Version,
        /// No proposal at or below it is in flight any more: an accept of an absent key at
        /// or below it is a delayed one.
        floor: Version,
    },
    /// The tombstone is gone here, durably.
    Purged {
        /// Of the key.
        partition: Partition,
        /// Which one.
        tombstone: Version,
    },
    /// The primary has caught up, and asks the leaders of these ballots to hand over.
    Claim {
        /// What to hand over.
        ballots: Vec<(Partition, Ballot)>,
    },
    /// Nothing is in flight under this ballot and nothing will be: the primary may lead.
    Handover {
        /// Which partition.
        partition: Partition,
        /// The ballot that its leader gave up.
        ballot: Ballot,
    },
    /// The sender's digests of partitions that both hold.
    Compare {
        /// To be echoed.
        token: Token,
        /// For each its configuration and its digest.
        digests: Vec<(Partition, Epoch, u64)>,
    },
    /// Answers a [`Message::Compare`]: the partitions whose digests differ.
    Differs {
        /// Of the message it answers.
        token: Token,
        /// For each its buckets; `None` where nothing can be said: they are still being
        /// counted, or the configuration is another one or not promised yet.
        buckets: Vec<(Partition, Option<[u64; BUCKETS]>)>,
    },
    /// Asks for the keys in some buckets of a partition, a page at a time.
    List {
        /// To be echoed.
        token: Token,
        /// Of which partition.
        partition: Partition,
        /// Its configuration; under another one there is no answer.
        configuration: Epoch,
        /// One bit for each bucket.
        buckets: u16,
        /// The last key of the page before.
        after: Option<Key<'static>>,
    },
    /// Answers a [`Message::List`].
    Listed {
        /// Of the message it answers.
        token: Token,
        /// The keys and the versions under which they were accepted.
        versions: Vec<(Key<'static>, Version)>,
        /// Where the next page begins, if this is not the last.
        next: Option<Key<'static>>,
    },
    /// Asks for the records of some keys.
    Pull {
        /// To be echoed.
        token: Token,
        /// Of which partition.
        partition: Partition,
        /// Its configuration; under another one there is no answer.
        configuration: Epoch,
        /// Which keys.
        keys: Vec<Key<'static>>,
    },
    /// Answers a [`Message::Pull`] with what is durable. A copy, not an accept.
    Pulled {
        /// Of the message it answers.
        token: Token,
        /// Those that are there.
        records: Vec<(Key<'static>, Record)>,
    },
    /// The receiver's view is older than the sender's, as the envelope says.
    StaleView,
}
