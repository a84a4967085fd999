//! openraft's network over the node's carrier.

use std::sync::Arc;
use std::time::Duration;

use openraft::error::{RPCError, RaftError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{Backoff, RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use ringway_replica::NodeNumber;
use thiserror::Error;

use super::carrier::{Carrier, NotCarried};
use super::exchange::{Answer, Ask, decode, encode};
use super::timing;
use super::types::{Number, Snapshot, Types, Vote, node_numbered};

/// Makes a link to each node.
pub(super) struct Links(pub(super) Arc<dyn Carrier>);

/// The way to one node.
pub(super) struct Link {
    carrier: Arc<dyn Carrier>,
    to: NodeNumber,
}

/// Why there is no answer, for openraft's log.
#[derive(Debug, Error)]
enum Failed {
    #[error(transparent)]
    NotCarried(#[from] NotCarried),
    #[error("the answer is none to what was asked")]
    OtherAnswer,
}

impl RaftNetworkFactory<Types> for Links {
    type Network = Link;

    async fn new_client(&mut self, target: Number, (): &()) -> Link {
        Link { carrier: Arc::clone(&self.0), to: node_numbered(target) }
    }
}

impl Link {
    /// Whatever fails is `Unreachable`: with any other error openraft retries at once, hot.
    async fn ask<T>(
        &self,
        ask: Ask,
        patience: Duration,
        expected: impl Fn(Answer) -> Option<T>,
    ) -> Result<T, Unreachable> {
        let answer = self.carrier.ask(self.to, encode(&ask), patience).await;
        let answer = answer.map_err(|error| Unreachable::new(&Failed::from(error)))?;
        let answer = decode(&answer).ok().and_then(expected);
        answer.ok_or_else(|| Unreachable::new(&Failed::OtherAnswer))
    }
}

impl RaftNetwork<Types> for Link {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Number>, RPCError<Number, (), RaftError<Number>>> {
        let answer = self.ask(Ask::Append(rpc), option.hard_ttl(), |answer| match answer {
            Answer::Append(answer) => Some(answer),
            _ => None,
        });
        Ok(answer.await?)
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<Number>,
        option: RPCOption,
    ) -> Result<VoteResponse<Number>, RPCError<Number, (), RaftError<Number>>> {
        let answer = self.ask(Ask::Vote(rpc), option.hard_ttl(), |answer| match answer {
            Answer::Vote(answer) => Some(answer),
            _ => None,
        });
        Ok(answer.await?)
    }

    /// In one message: a snapshot is far shorter than the largest value.
    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + Send + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Number>, StreamingError<Types, openraft::error::Fatal<Number>>>
    {
        let ask = Ask::Snapshot { vote, meta: snapshot.meta, data: *snapshot.snapshot };
        let answer = self.ask(ask, option.hard_ttl(), |answer| match answer {
            Answer::Snapshot(answer) => Some(answer),
            _ => None,
        });
        tokio::select! {
            closed = cancel => Err(closed.into()),
            answer = answer => Ok(answer?),
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(timing::RETRY))
    }
}
