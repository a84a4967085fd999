//! What a node says to the others, and asks them.

use std::sync::Arc;
use std::time::Duration;

use ringway_replica::NodeNumber;
use tokio::task::JoinSet;

use super::link::Link;
use super::send_queue::Dropped;
use super::{Ask, AskError, AskId, PeerMessage, Peers, Reply};

impl Peers {
    /// Sends `message` to `to`, after what was sent to it before, if it can be reached: it
    /// is dropped, and counted, where there is no connection or too much waits already.
    /// Never blocks.
    pub fn send(&self, to: NodeNumber, message: PeerMessage) {
        match self.links.read().get(&to) {
            Some(link) => drop(self.push(link, message)),
            None => self.metrics.dropped(Dropped::NotConnected, 1),
        }
    }

    pub(super) fn push(&self, link: &Link, message: PeerMessage) -> Result<(), Dropped> {
        let pushed = link.queue.push(message);
        if let Err(dropped) = pushed {
            self.metrics.dropped(dropped, 1);
        }
        pushed
    }

    /// Asks `to`, and waits for its answer, which is of the same kind as the question, for
    /// up to `patience`. Forgotten when the future is dropped; the other may still do it.
    ///
    /// # Errors
    /// When there is no answer; at once where there can be none.
    pub async fn ask(
        &self,
        to: NodeNumber,
        ask: Ask,
        patience: Duration,
    ) -> Result<Reply, AskError> {
        let link = self.link(to).ok_or(AskError::Unreachable)?;
        let under_way = link.asks.begin(ask.kind())?;
        let id = AskId { start: self.identity.incarnation, number: under_way.number };
        self.push(&link, PeerMessage::Ask { id, ask })?;
        under_way.answer(patience).await
    }

    /// As [`Peers::ask`], of each of `all` at once; in no order.
    pub async fn ask_all(
        self: &Arc<Self>,
        all: impl IntoIterator<Item = NodeNumber>,
        ask: &Ask,
        patience: Duration,
    ) -> Vec<(NodeNumber, Result<Reply, AskError>)> {
        let mut asked = JoinSet::new();
        for to in all {
            let (peers, ask) = (Arc::clone(self), ask.clone());
            asked.spawn(async move { (to, peers.ask(to, ask, patience).await) });
        }
        asked.join_all().await
    }

    /// Whether messages to `peer` have a way.
    pub fn reaches(&self, peer: NodeNumber) -> bool {
        self.links.read().get(&peer).is_some_and(|link| link.queue.is_open())
    }
}
