//! Messages on their way, and which nodes take which others for connected.

use ringway_replica::{Envelope, Event, Incarnation, NodeNumber};

use super::{Cluster, Happening, Violation, index};
use crate::faults::{Kind, is_copy};

impl Cluster {
    /// Sends bytes, as the weather allows. The receiver gets what they say, never the object.
    pub(super) fn transmit(&mut self, from: usize, to: NodeNumber, envelope: &Envelope) {
        let node = index(to);
        if self.nodes[node].number != to {
            return;
        }
        let (mut lost, mut duplicated, mut slower) = (false, 0, 0);
        for fault in &self.scenario.faults {
            if !fault.is_active(self.now) {
                continue;
            }
            match fault.kind {
                Kind::Cut { from: side, to: other, .. } => {
                    lost |= side >> from & 1 == 1 && other >> node & 1 == 1;
                }
                Kind::Loss { percent } => lost |= self.random.percent(percent),
                Kind::Duplication { percent } => duplicated = percent.max(duplicated),
                Kind::Delay { percent, ms } if self.random.percent(percent) => {
                    slower = ms.max(slower);
                }
                Kind::SlowCopies { ms } if is_copy(&envelope.message) => slower = ms.max(slower),
                _ => {}
            }
        }
        if lost {
            return;
        }
        let bytes = postcard::to_allocvec(envelope).unwrap();
        let at = self.now + self.random.between(1, 4) + self.random.below(slower + 1);
        if self.random.percent(duplicated) {
            let again = at + self.random.below(*[5, 50, 1000].get(at as usize % 3).unwrap());
            self.schedule(again, Happening::Deliver { to, bytes: bytes.clone() });
        }
        self.schedule(at, Happening::Deliver { to, bytes });
    }

    pub(super) fn deliver(&mut self, to: NodeNumber, bytes: &[u8]) -> Result<(), Violation> {
        let node = index(to);
        if self.nodes[node].replica.is_none() || self.nodes[node].number != to {
            return Ok(());
        }
        let envelope: Envelope = postcard::from_bytes(bytes).unwrap();
        self.note(|| format!("{node} gets from {}: {:?}", envelope.from, envelope.message));
        self.tell(node, Event::Message(Box::new(envelope)))
    }

    /// Every connection will soon be found broken or made anew.
    pub(super) fn relink(&mut self) {
        for from in 0..self.nodes.len() {
            for to in 0..self.nodes.len() {
                if from != to {
                    let at = self.now + self.random.between(1, 30);
                    self.schedule(at, Happening::Link { from, to });
                }
            }
        }
    }

    pub(super) fn link(&mut self, from: usize, to: usize) -> Result<(), Violation> {
        let is_cut = self.weather().is_cut_noticed(from, to, self.now);
        let other = &self.nodes[to];
        let is_up = other.replica.is_some();
        let session = (is_up && !is_cut).then_some((other.number, other.incarnation));
        if self.nodes[from].replica.is_none() {
            self.sessions.remove(&(from, to));
            return Ok(());
        }
        let before = match session {
            Some(session) => self.sessions.insert((from, to), session),
            None => self.sessions.remove(&(from, to)),
        };
        if let Some((peer, _)) = before
            && before != session
        {
            self.tell(from, Event::Unreachable { peer })?;
        }
        if let Some((peer, incarnation)) = session {
            let incarnation = Incarnation::new(incarnation);
            self.tell(from, Event::Reachable { peer, incarnation })?;
        }
        Ok(())
    }
}
