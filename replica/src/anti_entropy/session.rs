//! Repairing one partition from one peer, page by page.

use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::step::Step;
use crate::{Instant, Message, NodeNumber, Record, Token, Version, Write};

/// The repair of one partition from one peer. Each question has a token of its own, under
/// which the session is found when the answer comes: who forgets the token forgets the copy.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) partition: Partition,
    pub(crate) sent: Instant,
    peer: NodeNumber,
    buckets: u16,
    /// The keys of this page that a copy is asked of.
    wanted: Vec<Key<'static>>,
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
            let wanted = Vec::new();
            self.list(Session { partition, sent, peer, buckets, wanted, next: None }, step);
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
        let partition = session.partition;
        let is_newer = |(key, version): &(Key<'static>, Version)| {
            let local = self.head(partition, key, step);
            local.is_none_or(|local| local.accepted < *version)
        };
        let newer = versions.into_iter().filter(is_newer);
        let wanted = newer.map(|(key, _)| key).collect();
        self.pull(Session { wanted, next, ..session }, step);
    }

    /// Asks for copies of what is wanted of this page; goes on if that is nothing.
    fn pull(&mut self, session: Session, step: &mut Step<'_>) {
        if session.wanted.is_empty() {
            self.go_on(session, step);
            return;
        }
        let (token, partition, keys) = (self.token(), session.partition, session.wanted.clone());
        self.send(session.peer, Message::Pull { token, partition, keys }, step);
        let sent = step.now.instant;
        self.anti_entropy.sessions.insert(token, Session { sent, ..session });
    }

    /// Stores the copies that are still newer than what is here.
    pub(crate) fn on_pulled(
        &mut self,
        token: Token,
        records: Vec<(Key<'static>, Record)>,
        step: &mut Step<'_>,
    ) {
        let Some(mut session) = self.anti_entropy.sessions.remove(&token) else { return };
        let partition = session.partition;
        // What did not fit is asked for again; if nothing came, nothing is there.
        let came = |key: &Key<'static>| records.iter().any(|(other, _)| other == key);
        session.wanted.retain(|key| !records.is_empty() && !came(key));
        let overwrites = self.has(Mutant::PullOverwritesNewer);
        let mut writes = Vec::new();
        for (key, record) in records {
            let local = self.head(partition, &key, step);
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
        self.pull(session, step);
    }

    /// To the next page, or to the end.
    fn go_on(&mut self, session: Session, step: &mut Step<'_>) {
        if session.next.is_some() {
            self.list(session, step);
            return;
        }
        self.checked(session.partition, session.peer);
        let claim = self.caught_up(session.partition, session.peer);
        self.claim(session.peer, claim, step);
        self.start_sessions(step);
    }
}
