//! Consensus speaks with the other nodes as all of a node does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ringway_replica::NodeNumber;

use crate::membership::{Carried, Carrier, NotCarried};
use crate::peers::{Ask, AskError, Peers, Reply};

/// Brings what consensus asks to the other nodes; to nobody where there are none.
pub(crate) struct PeerCarrier(pub(crate) Option<Arc<Peers>>);

impl Carrier for PeerCarrier {
    fn ask(&self, to: NodeNumber, ask: Bytes, patience: Duration) -> Carried<'_> {
        Box::pin(async move {
            let Some(peers) = &self.0 else {
                return Err(NotCarried::NotSent("this node is alone".to_owned()));
            };
            match peers.ask(to, Ask::Raft(ask), patience).await {
                Ok(Reply::Raft(answer)) => Ok(answer),
                Ok(_) => unreachable!("an answer is of the question's kind"),
                Err(error) => Err(not_carried(&error)),
            }
        })
    }
}

fn not_carried(error: &AskError) -> NotCarried {
    let why = error.to_string();
    match error {
        AskError::TooMany | AskError::TooLong => NotCarried::NotSent(why),
        AskError::Unreachable | AskError::Timeout(_) | AskError::Refused(_) => {
            NotCarried::NoAnswer(why)
        }
    }
}
