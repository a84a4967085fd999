//! What nodes ask each other for consensus, as bytes.

use bytes::Bytes;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::types::{Number, Outcome, SnapshotMeta, Types, Vote};
use crate::membership::Command;

/// A question.
#[derive(Serialize, Deserialize)]
pub(super) enum Ask {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<Number>),
    Snapshot { vote: Vote, meta: SnapshotMeta, data: Vec<u8> },
    Propose(Command),
}

/// Its answer.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Append(AppendEntriesResponse<Number>),
    Vote(VoteResponse<Number>),
    Snapshot(SnapshotResponse<Number>),
    Proposed(Outcome),
    /// The command was not begun, since this node leads nobody.
    NotLeader,
    /// The command was begun, and what became of it is not known.
    Unknown(String),
    /// The node is ending.
    Ending(String),
}

/// What another node sent is no question of consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a question that consensus asks")]
pub struct BadAsk;

pub(super) fn encode(message: &impl Serialize) -> Bytes {
    // Numbers, strings and sequences only: nothing in it can fail.
    let bytes = postcard::to_allocvec(message).unwrap_or_else(|error| unreachable!("{error}"));
    bytes.into()
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadAsk> {
    postcard::from_bytes(bytes).map_err(|_| BadAsk)
}
