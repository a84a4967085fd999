//! What nodes say to each other over a connection.

use ringway_replica::Envelope;
use serde::{Deserialize, Serialize};

use super::{Ask, AskId, AskRefused, Reply};

/// One message. Each may be lost; the sender is told nothing of it.
///
/// What is sent is the variant's position, then its fields: see
/// [`PROTOCOL_VERSION`](super::PROTOCOL_VERSION) before changing anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeerMessage {
    /// The replication protocol's.
    Replication {
        /// Between which of the two nodes' shards.
        shard: u8,
        /// The message.
        envelope: Envelope,
    },
    /// Asks something.
    Ask {
        /// To be echoed.
        id: AskId,
        /// What.
        ask: Ask,
    },
    /// Answers a [`PeerMessage::Ask`].
    Reply {
        /// Of the message it answers.
        id: AskId,
        /// What there is to say, or why nothing.
        answer: Result<Reply, AskRefused>,
    },
}
