//! Repairing one partition from one peer, page by page.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition};

use super::{PATIENCE, PATIENCE_WITH_VALUES};
use crate::disk::Deferred;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::step::Step;
use crate::{Instant, Message, NodeNumber, Record, Token, Version, Write};

/// The repair of one partition from one peer. Each question has a token of its own, under
/// which the session is found when the answer comes: who forgets the token forgets the copy.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) partition: Partition,
    pub(crate) peer: NodeNumber,
    pub(crate) sent: Instant,
    configuration: Epoch,
    buckets: u16,
    /// The keys of this page that a copy is asked of.
    wanted: BTreeSet<Key<'static>>,
    /// Where the page after this one begins.
    next: Option<Key<'static>>,
    /// The first page was asked for.
    began: bool,
}

impl Session {
    /// For how many retries to wait for an answer.
    pub(super) fn patience(&self) -> u64 {
        if self.wanted.is_empty() { PATIENCE } else { PATIENCE_WITH_VALUES }
    }

    /// No copy of `key` is wanted any more.
    pub(super) fn forget(&mut self, key: &Key<'static>) {
        self.wanted.remove(key);
    }
}

impl Replica {
    /// Starts to repair what is behind, as much at once as is allowed.
    pub(super) fn start_sessions(&mut self, step: &mut Step<'_>) {
        while self.anti_entropy.sessions() < self.config.sessions {
            let Some((partition, (peer, buckets))) = self.anti_entropy.behind.pop_first() else {
                return;
            };
            let Some(vnode) = self.vnodes.get(partition) else { continue };
            let session = Session {
                partition,
                peer,
                sent: step.now.instant,
                configuration: vnode.group.configuration,
                buckets,
                wanted: BTreeSet::new(),
                next: None,
                began: false,
            };
            self.go_on(session, step);
        }
    }

    /// Goes on with sessions that had to wait, as far as they need not any more.
    pub(super) fn go_on_with_held(&mut self, step: &mut Step<'_>) {
        for session in core::mem::take(&mut self.anti_entropy.held) {
            self.go_on(session, step);
        }
    }

    /// Asks for what is next: the copies that are wanted of this page, or the next page. Waits
    /// if that is too fast for the disk or, while the partition moves, for the throttle.
    fn go_on(&mut self, session: Session, step: &mut Step<'_>) {
        let (partition, sent) = (session.partition, step.now.instant);
        let moves = self.vnodes.get(partition).is_some_and(|vnode| vnode.group.is_moving());
        let rate = self.config.handoff_bytes_per_second;
        let is_slow = self.disk.bytes() * 2 >= self.config.unsynced_bytes;
        // What moves not is neither held up nor a reason to forget what is to be paid for.
        if is_slow || moves && !self.anti_entropy.throttle.is_open(sent, rate) {
            self.anti_entropy.held.push_back(session);
            return;
        }
        let token = self.token();
        let Session { peer, configuration, buckets, .. } = session;
        let message = if !session.wanted.is_empty() {
            let keys = session.wanted.iter().cloned().collect();
            Message::Pull { token, partition, configuration, keys }
        } else if session.next.is_some() || !session.began {
            let after = session.next.clone();
            Message::List { token, partition, configuration, buckets, after }
        } else {
            let all = Deferred::PulledAll { partition, configuration, peer };
            self.defer(self.disk.until(), all, step);
            return;
        };
        self.send(peer, message, step);
        self.anti_entropy.sessions.insert(token, Session { sent, began: true, ..session });
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
        self.go_on(Session { wanted, next, ..session }, step);
        self.start_sessions(step);
    }

    /// Stores the copies that are still wanted, and still newer than what is here.
    pub(crate) fn on_pulled(
        &mut self,
        token: Token,
        records: Vec<(Key<'static>, Record)>,
        step: &mut Step<'_>,
    ) {
        let Some(mut session) = self.anti_entropy.sessions.remove(&token) else { return };
        let partition = session.partition;
        let overwrites = self.has(Mutant::PullOverwritesNewer);
        let (mut writes, mut bytes, is_empty) = (Vec::new(), 0, records.is_empty());
        for (key, record) in records {
            let is_wanted = session.wanted.remove(&key) || self.has(Mutant::PullNotCancelled);
            let local = self.head(partition, &key, step);
            let is_newer = local.is_none_or(|local| local.accepted < record.accepted);
            if is_wanted && (overwrites || is_newer) {
                if let Some(vnode) = self.vnodes.get_mut(partition) {
                    vnode.see(record.accepted.ballot);
                }
                bytes += u64::try_from(record.value_bytes()).unwrap_or(u64::MAX);
                writes.push(Write::record(partition, key, Some(record)));
            }
        }
        // What did not fit is asked for again; if nothing came, nothing is there.
        if is_empty {
            session.wanted.clear();
        }
        self.copied(partition, writes, bytes, step);
        self.go_on(session, step);
        self.start_sessions(step);
    }

    /// Stores copies; with the first also since when the partition is held, or they would be
    /// of an unknown time after a restart.
    fn copied(
        &mut self,
        partition: Partition,
        mut writes: Vec<Write>,
        bytes: u64,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        if writes.is_empty() {
            return;
        }
        self.anti_entropy.copied += u64::try_from(writes.len()).unwrap_or_default();
        if vnode.group.is_moving() {
            self.anti_entropy.handed_off += bytes;
            self.anti_entropy.throttle.took(bytes);
        }
        if !vnode.is_recorded && vnode.state_until.is_none() {
            writes.push(Write::State { partition, state: vnode.state });
        }
        self.submit(writes, step);
    }
}
