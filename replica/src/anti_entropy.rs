//! Finding and copying what this replica misses.
//!
//! A replica compares digests with the other holders in turn, then buckets, then keys, and
//! pulls what is newer there (Dynamo §4.7). It never pushes: what the other misses the
//! other pulls. A copy is not an accept: it is not acknowledged to any leader and promises
//! nothing, so a record that no majority ever accepted may spread by it; that is why a
//! leader trusts only acknowledgements under its own ballot.

mod answering;
mod session;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use ringway_ring::Partition;

pub(crate) use session::Session;

use crate::digest::Counting;
use crate::replica::Replica;
use crate::step::Step;
use crate::{BUCKETS, Config, Instant, Message, NodeNumber, Token};

/// How many retries a question waits for its answer before it is forgotten.
const PATIENCE: u64 = 4;

/// The comparisons and copies under way.
#[derive(Debug, Default)]
pub(crate) struct AntiEntropy {
    next: Instant,
    /// The peer that was compared with last.
    turn: Option<NodeNumber>,
    /// The comparison under way.
    comparing: Option<Comparing>,
    /// Partitions that differ from a peer's, and in which buckets.
    behind: BTreeMap<Partition, (NodeNumber, u16)>,
    sessions: BTreeMap<Token, Session>,
    /// Records copied since the start.
    pub(crate) copied: u64,
    /// All that was there at the start is counted.
    all_counted: bool,
}

#[derive(Debug)]
struct Comparing {
    token: Token,
    peer: NodeNumber,
    partitions: BTreeSet<Partition>,
    /// Where the next message goes on, if this one did not hold all.
    last: Option<Partition>,
}

impl AntiEntropy {
    pub(crate) fn behind(&self) -> usize {
        self.behind.len()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Which partition the question `token` is about.
    pub(crate) fn partition(&self, token: Token) -> Option<Partition> {
        self.sessions.get(&token).map(|session| session.partition)
    }
}

impl Replica {
    /// Counts some of the records that were there at the start.
    pub(crate) fn count_stored(&mut self, step: &mut Step<'_>) {
        if self.anti_entropy.all_counted {
            return;
        }
        let mut left = self.config.batch;
        for (&partition, vnode) in &mut self.vnodes {
            let Counting::Upto { key: after, .. } = &vnode.counting else { continue };
            let page = step.records.scan(partition, after.as_ref(), left);
            let complete = page.len() < left;
            left -= page.len();
            let last = page.last().map(|(key, _)| key.clone()).filter(|_| !complete);
            let mut durable: BTreeMap<_, _> =
                page.into_iter().map(|(key, head)| (key, Some(head))).collect();
            // What is under way is counted when it is durable; here only what it replaces.
            durable.extend(vnode.durable_under_way(after.as_ref(), last.as_ref()));
            let Counting::Upto { key: upto, digest } = &mut vnode.counting else { continue };
            for (key, durable) in durable {
                digest.replace(&key, None, durable.as_ref());
            }
            match last {
                Some(last) => *upto = Some(last),
                None => vnode.counting = Counting::Done(*digest),
            }
            if left == 0 {
                return;
            }
        }
        self.anti_entropy.all_counted = true;
    }

    /// Compares with the next peer when it is time.
    pub(crate) fn compare_in_turn(&mut self, step: &mut Step<'_>) {
        let (now, patience) = (step.now.instant, self.config.retry_ms * PATIENCE);
        self.anti_entropy.sessions.retain(|_, session| now.since(session.sent) < patience);
        self.start_sessions(step);
        if now < self.anti_entropy.next {
            return;
        }
        let usable: BTreeSet<_> =
            self.neighbours.iter().copied().filter(|&node| self.reaches(node)).collect();
        let unchecked = self.vnodes.values().flat_map(|vnode| &vnode.unchecked).copied();
        let urgent: BTreeSet<_> = unchecked.filter(|node| usable.contains(node)).collect();
        let Config { retry_ms, anti_entropy_ms, .. } = self.config;
        let (candidates, interval) =
            if urgent.is_empty() { (usable, anti_entropy_ms) } else { (urgent, retry_ms) };
        self.anti_entropy.next = now.after(interval / 2 + self.random.below(1 + interval));
        let turn = self.anti_entropy.turn;
        let later = candidates.iter().find(|&&node| Some(node) > turn);
        let next = later.or(candidates.first()).copied();
        self.anti_entropy.turn = next;
        if let Some(peer) = next {
            self.compare(peer, None, step);
        }
    }

    /// Sends the digests of the partitions after `after`, as many as a message may hold; only
    /// of those not yet checked, if there are any.
    fn compare(&mut self, peer: NodeNumber, after: Option<Partition>, step: &mut Step<'_>) {
        let is_urgent = self.vnodes.values().any(|vnode| vnode.unchecked.contains(&peer));
        let shared = self.vnodes.iter().filter(|&(&partition, vnode)| {
            let among = if is_urgent {
                vnode.unchecked.contains(&peer)
            } else {
                vnode.group.contains(peer)
            };
            among && after.is_none_or(|after| partition > after)
        });
        let counted = shared.filter_map(|(&partition, vnode)| {
            vnode.counting.done().map(|digest| (partition, digest.root()))
        });
        let digests: Vec<_> = counted.take(self.config.batch).collect();
        if digests.is_empty() {
            self.anti_entropy.comparing = None;
            return;
        }
        let token = self.token();
        let last = digests.last().map(|&(partition, _)| partition);
        self.anti_entropy.comparing = Some(Comparing {
            token,
            peer,
            partitions: digests.iter().map(|&(partition, _)| partition).collect(),
            last: last.filter(|_| digests.len() == self.config.batch),
        });
        self.send(peer, Message::Compare { token, digests }, step);
    }

    /// The peer names the partitions that differ; in the others this replica is up to date.
    pub(crate) fn on_differs(
        &mut self,
        from: NodeNumber,
        token: Token,
        buckets: &[(Partition, Option<[u64; BUCKETS]>)],
        step: &mut Step<'_>,
    ) {
        let is_awaited = |comparing: &mut Comparing| comparing.token == token;
        let Some(mut comparing) = self.anti_entropy.comparing.take_if(is_awaited) else { return };
        for (partition, buckets) in buckets {
            if !comparing.partitions.remove(partition) {
                continue;
            }
            let Some(buckets) = buckets else { continue };
            let digest = self.vnodes.get(partition).and_then(|vnode| vnode.counting.done());
            let bits = digest.map_or(0, |digest| digest.difference(buckets));
            if bits == 0 {
                comparing.partitions.insert(*partition);
            } else {
                self.anti_entropy.behind.entry(*partition).or_insert((from, bits));
            }
        }
        let mut claims = Vec::new();
        for equal in comparing.partitions {
            self.checked(equal, from);
            claims.extend(self.caught_up(equal, from));
        }
        self.claim(from, claims, step);
        self.start_sessions(step);
        if comparing.last.is_some() {
            self.compare(comparing.peer, comparing.last, step);
        }
    }

    /// `peer` has come back, or this node has: one of them may miss what the other has.
    pub(crate) fn check_against(&mut self, peer: NodeNumber) {
        for vnode in self.vnodes.values_mut().filter(|vnode| vnode.group.contains(peer)) {
            vnode.unchecked.insert(peer);
        }
        self.anti_entropy.next = Instant::default();
    }

    /// `partition` has all that `peer` had a moment ago.
    fn checked(&mut self, partition: Partition, peer: NodeNumber) {
        if let Some(vnode) = self.vnodes.get_mut(&partition) {
            vnode.unchecked.remove(&peer);
        }
    }

    /// Forgets the copies of `partition` that are under way.
    pub(crate) fn cancel_copies(&mut self, partition: Partition) {
        self.anti_entropy.sessions.retain(|_, session| session.partition != partition);
    }
}
