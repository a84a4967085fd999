//! How consensus reaches the other nodes.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use ringway_replica::NodeNumber;
use thiserror::Error;

/// The answer to come.
pub type Carried<'a> = Pin<Box<dyn Future<Output = Result<Bytes, NotCarried>> + Send + 'a>>;

/// Brings what consensus asks to another node's [`Consensus::answer`](super::Consensus::answer)
/// and the answer back. It may lose either, and must not wait longer than it is told.
pub trait Carrier: Send + Sync + 'static {
    /// Asks `to`, and waits for its answer for `patience` at most.
    fn ask(&self, to: NodeNumber, ask: Bytes, patience: Duration) -> Carried<'_>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotCarried {
    /// What was asked never left this node.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have arrived.
    #[error("no answer: {0}")]
    NoAnswer(String),
}
