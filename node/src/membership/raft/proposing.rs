//! Commands on their way to the leader.

use openraft::error::{ClientWriteError, RaftError};
use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use tokio::time::{Instant, timeout, timeout_at};

use super::carrier::NotCarried;
use super::consensus::Consensus;
use super::exchange::{Answer, Ask, decode, encode};
use super::propose_error::ProposeError;
use super::timing;
use super::types::{Outcome, node_numbered};
use crate::membership::Command;

/// What became of a command at the leader, or of the attempt to find one.
enum Asked {
    Answered(Result<Epoch, ProposeError>),
    /// It was certainly not begun.
    NotBegun,
}

impl From<Outcome> for Asked {
    fn from(outcome: Outcome) -> Self {
        Self::Answered(match outcome {
            Outcome::Done(epoch) => Ok(epoch),
            Outcome::Refused(refused) => Err(refused.into()),
            Outcome::None => unreachable!("a command has an outcome"),
        })
    }
}

fn unknown(why: &(impl ToString + ?Sized)) -> Asked {
    Asked::Answered(Err(ProposeError::Unknown { why: why.to_string() }))
}

impl Consensus {
    /// Has the cluster do `command`, whoever leads it, and tells the epoch of the state in
    /// which it is done. This node may see that state a little later.
    ///
    /// It is sent on only as long as it was certainly not begun, so it is done once at most.
    ///
    /// # Errors
    /// When it is refused, nobody leads, or the outcome is not known.
    pub async fn propose(&self, command: Command) -> Result<Epoch, ProposeError> {
        let deadline = Instant::now() + timing::PROPOSAL;
        let mut metrics = self.raft_metrics();
        loop {
            let leader = metrics.borrow_and_update().current_leader;
            let asked = match leader.map(node_numbered) {
                Some(leader) if leader == self.number => {
                    self.begin(command.clone(), deadline).await
                }
                Some(leader) => self.forward(leader, command.clone(), deadline).await,
                None => Asked::NotBegun,
            };
            if let Asked::Answered(answer) = asked {
                return answer;
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(ProposeError::NoLeader);
            }
            // At the latest then anew: the leader may have changed its mind, not its name.
            let wait = (now + timing::RETRY).min(deadline);
            let _ = timeout_at(wait, metrics.wait_for(|it| it.current_leader != leader)).await;
        }
    }

    /// Begins `command`, if this node leads.
    async fn begin(&self, command: Command, deadline: Instant) -> Asked {
        if !self.is_leader() {
            return Asked::NotBegun;
        }
        match timeout_at(deadline, self.raft.client_write(command)).await {
            Ok(Ok(written)) => written.data.into(),
            Ok(Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_)))) => {
                unknown("the node that led was deposed meanwhile")
            }
            Ok(Err(error)) => unknown(&error),
            Err(_elapsed) => unknown("no majority of the voters answered in time"),
        }
    }

    async fn forward(&self, leader: NodeNumber, command: Command, deadline: Instant) -> Asked {
        let patience = deadline.saturating_duration_since(Instant::now());
        let ask = self.carrier.ask(leader, encode(&Ask::Propose(command)), patience);
        let answer = match timeout(patience, ask).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(NotCarried::NotSent(_))) => return Asked::NotBegun,
            Ok(Err(error)) => return unknown(&error),
            Err(_elapsed) => return unknown("the node that leads did not answer in time"),
        };
        match decode(&answer) {
            Ok(Answer::Proposed(outcome @ (Outcome::Done(_) | Outcome::Refused(_)))) => {
                outcome.into()
            }
            Ok(Answer::NotLeader) => Asked::NotBegun,
            Ok(Answer::Unknown(why)) => unknown(&why),
            _ => unknown("the node that leads gave no answer to what was asked"),
        }
    }

    /// Does what another node forwards; sends nothing on, so that nothing goes in circles.
    pub(super) async fn answer_proposal(&self, command: Command) -> Answer {
        // A little less than who asks waits for, so that it hears what is known.
        let deadline = Instant::now() + timing::PROPOSAL.mul_f32(0.8);
        match self.begin(command, deadline).await {
            Asked::NotBegun | Asked::Answered(Err(ProposeError::NoLeader)) => Answer::NotLeader,
            Asked::Answered(Ok(epoch)) => Answer::Proposed(Outcome::Done(epoch)),
            Asked::Answered(Err(ProposeError::Refused(refused))) => {
                Answer::Proposed(Outcome::Refused(refused))
            }
            Asked::Answered(Err(ProposeError::Unknown { why })) => Answer::Unknown(why),
        }
    }
}
