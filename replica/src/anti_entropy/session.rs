//! Repairing one partition from one peer, page by page.

use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::mutant::Mutant;
use crate::replica::{Replica, Step};
use crate::{Instant, Message, NodeNumber, Record, Token, Version, Write};

/// The repair of one partition from one peer. Each question has a token of its own, under
/// which the session is found when the answer comes: who forgets the token forgets the copy.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) partition: Partition,
    pub(crate) sent: Instant,
    peer: NodeNumber,
    buckets: u16,
    /// Where the page after this one begins.
    next: Option<Key<'static>>,
}

impl Replica {
    /// Starts to repair what is behind, as much at once as is allowed.
    pub(super) fn start_sessions(&mut self, step: &mut Step<'_>) {
        while self.anti_entropy.sessions.len() < self.config.sessions {
            let Some((partition, (peer, buckets))) = self.anti_entropy.behind.pop_first() else {
                return;
            };
            let sent = step.now.instant;
            self.list(Session { partition, sent, peer, buckets, next: None }, step);
        }
    }

    /// Asks for the next page of keys.
    fn list(&mut self, session: Session, step: &mut Step<'_>) {
        let token = self.token();
        let Session { partition, peer, buckets, .. } = session;
        let after = session.next.clone();
        self.send(peer, Message::List { token, partition, buckets, after }, step);
        let sent = step.now.instant;
        self.anti_entropy.sessions.insert(token, Session { sent, ..session });
    }

    /// Asks for the records that are newer there than here.
    pub(crate) fn on_listed(
        &mut self,
        token: Token,
        versions: Vec<(Key<'static>, Version)>,
        next: Option<Key<'static>>,
        step: &mut Step<'_>,
    ) {
        let Some(session) = self.anti_entropy.sessions.remove(&token) else { return };
        let Session { partition, peer, .. } = session;
        let is_newer = |(key, version): &(Key<'static>, Version)| {
            let local = self.record(partition, key, step);
            local.is_none_or(|local| local.accepted < *version)
        };
        let newer = versions.into_iter().filter(is_newer);
        let keys: Vec<_> = newer.map(|(key, _)| key).collect();
        let session = Session { next, sent: step.now.instant, ..session };
        if keys.is_empty() {
            self.go_on(session, step);
            return;
        }
        let token = self.token();
        self.send(peer, Message::Pull { token, partition, keys }, step);
        self.anti_entropy.sessions.insert(token, session);
    }

    /// Stores the copies that are still newer than what is here.
    pub(crate) fn on_pulled(
        &mut self,
        token: Token,
        records: Vec<(Key<'static>, Record)>,
        step: &mut Step<'_>,
    ) {
        let Some(session) = self.anti_entropy.sessions.remove(&token) else { return };
        let partition = session.partition;
        let overwrites = self.has(Mutant::PullOverwritesNewer);
        let mut writes = Vec::new();
        for (key, record) in records {
            let local = self.record(partition, &key, step);
            if overwrites || local.is_none_or(|local| local.accepted < record.accepted) {
                if let Some(vnode) = self.vnodes.get_mut(&partition) {
                    vnode.see(record.accepted.ballot);
                }
                writes.push(Write::Record { partition, key, record: Some(record) });
            }
        }
        self.anti_entropy.copied += u64::try_from(writes.len()).unwrap_or_default();
        if !writes.is_empty() {
            self.submit(writes, step);
        }
        self.go_on(session, step);
    }

    /// To the next page, or to the end.
    fn go_on(&mut self, session: Session, step: &mut Step<'_>) {
        if session.next.is_some() {
            self.list(session, step);
            return;
        }
        let claim = self.caught_up(session.partition, session.peer);
        self.claim(session.peer, claim, step);
        self.start_sessions(step);
    }
}
