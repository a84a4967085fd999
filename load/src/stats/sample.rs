//! One request, as it is counted.

use std::time::Duration;

use super::Outcome;
use crate::http::NodeNumber;
use crate::workload::Operation;

/// One request, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) operation: Operation,
    pub(crate) outcome: Outcome,
    /// 0 where there was no answer.
    pub(crate) status: u16,
    pub(crate) node: Option<NodeNumber>,
    pub(crate) epoch: Option<u64>,
    /// From the beginning of the run to when it was to start.
    pub(crate) start: Duration,
    /// From when it was to start to its end.
    pub(crate) latency: Duration,
    /// From when it was sent to its end.
    pub(crate) service: Duration,
    /// Of the answer's body.
    pub(crate) bytes: u64,
}
