//! Finding and copying what this replica misses.
//!
//! A replica compares digests with the other holders in turn, then buckets, then keys, and
//! pulls what is newer there (Dynamo §4.7). It never pushes: what the other misses the
//! other pulls. A copy is not an accept: it is not acknowledged to any leader and promises
//! nothing, so a record that no majority ever accepted may spread by it; that is why a
//! leader trusts only acknowledgements under its own ballot.
//!
//! Copies are made within one configuration, and only from holders that have promised in it:
//! of what was purged under an earlier one they have nothing left, and get nothing any more.

mod answering;
mod counting;
mod forgetting;
mod session;
mod throttle;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use ringway_ring::{Epoch, Partition};

pub(crate) use session::Session;
use throttle::Throttle;

use crate::replica::Replica;
use crate::step::Step;
use crate::vnode::Vnode;
use crate::{BUCKETS, Config, Instant, Message, NodeNumber, Token};

/// How many retries a question waits for its answer before it is forgotten. Longer where the
/// answer holds values: they may be long, and the way slow.
const PATIENCE: u64 = 4;
const PATIENCE_WITH_VALUES: u64 = 20;

/// The comparisons and copies under way.
#[derive(Debug, Default)]
pub(crate) struct AntiEntropy {
    next: Instant,
    /// The peer that was compared with last.
    turn: Option<NodeNumber>,
    /// The comparison under way.
    comparing: Option<Comparing>,
    /// Partitions that were like a peer's and then were not, once: that may be a write on its
    /// way, and a look a little later tells.
    doubts: BTreeSet<(Partition, NodeNumber)>,
    /// Partitions that differ from a peer's, and in which buckets.
    behind: BTreeMap<Partition, (NodeNumber, u16)>,
    sessions: BTreeMap<Token, Session>,
    /// Sessions that wait for the throttle or the disk before they go on.
    held: VecDeque<Session>,
    throttle: Throttle,
    /// Records copied since the start.
    pub(crate) copied: u64,
    /// Bytes of values copied of partitions that moved, since the start.
    pub(crate) handed_off: u64,
    /// The partitions of which not all that was there at the start is counted.
    uncounted: BTreeSet<Partition>,
}

#[derive(Debug)]
struct Comparing {
    token: Token,
    peer: NodeNumber,
    partitions: BTreeSet<Partition>,
    which: Which,
    /// Where the next message goes on, if this one did not hold all.
    last: Option<Partition>,
}

/// Which of the partitions that two replicas share to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Those that were not compared yet, and those in doubt.
    Due,
}

impl AntiEntropy {
    pub(crate) fn behind(&self) -> usize {
        self.behind.len()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.sessions.len() + self.held.len()
    }

    /// Whether copies of `partition` are being made from `peer`, or about to be.
    fn copies(&self, partition: Partition, peer: NodeNumber) -> bool {
        let mut sessions = self.sessions.values().chain(&self.held);
        sessions.any(|one| one.partition == partition && one.peer == peer)
            || self.behind.get(&partition).is_some_and(|&(from, _)| from == peer)
    }

    /// There is something new to compare.
    pub(crate) fn hurry(&mut self) {
        self.next = Instant::default();
    }

    /// What is stored of `partition` is to be counted.
    pub(crate) fn count(&mut self, partition: Partition) {
        self.uncounted.insert(partition);
    }

    /// All that is stored of `partition` is counted, or nothing is left of it.
    pub(crate) fn counted(&mut self, partition: Partition) {
        self.uncounted.remove(&partition);
    }

    /// Which partition the question `token` is about.
    pub(crate) fn partition(&self, token: Token) -> Option<Partition> {
        self.sessions.get(&token).map(|session| session.partition)
    }
}

impl Replica {
    /// Compares with the next peer when it is time.
    pub(crate) fn compare_in_turn(&mut self, step: &mut Step<'_>) {
        let (now, retry_ms) = (step.now.instant, self.config.retry_ms);
        self.anti_entropy
            .sessions
            .retain(|_, session| now.since(session.sent) < retry_ms * session.patience());
        self.go_on_with_held(step);
        self.start_sessions(step);
        if now < self.anti_entropy.next {
            return;
        }
        let usable: BTreeSet<_> =
            self.neighbours.iter().copied().filter(|&node| self.reaches(node)).collect();
        let (mut urgent, mut moves) = (BTreeSet::new(), false);
        for (partition, vnode) in self.vnodes.iter().filter(|(_, vnode)| vnode.is_member()) {
            let due =
                vnode.unchecked.iter().filter(|&&node| self.is_due(partition, vnode, node, now));
            urgent.extend(due.filter(|node| usable.contains(node)));
            moves |= vnode.group.is_moving() && !vnode.unchecked.is_empty();
        }
        let doubted = self.anti_entropy.doubts.iter().map(|&(_, peer)| peer);
        urgent.extend(doubted.filter(|peer| usable.contains(peer)));
        let Config { anti_entropy_ms, .. } = self.config;
        let which = if urgent.is_empty() { Which::All } else { Which::Due };
        let (candidates, interval) = match (urgent.is_empty(), moves) {
            (true, false) => (usable, anti_entropy_ms),
            (true, true) => (usable, retry_ms),
            (false, false) => (urgent, retry_ms),
            (false, true) => (urgent, retry_ms / 4),
        };
        self.anti_entropy.next = now.after(interval / 2 + self.random.below(1 + interval));
        let turn = self.anti_entropy.turn;
        let later = candidates.iter().find(|&&node| Some(node) > turn);
        let next = later.or(candidates.first()).copied();
        self.anti_entropy.turn = next;
        if let Some(peer) = next {
            self.compare(peer, which, None, step);
        }
    }

    /// Whether `vnode` should be compared with `node` before others: it was not yet, or there
    /// is a doubt. What is new here is compared with one holder first, so that the others need
    /// only tell what that one lacks; but not for ever if that one tells nothing.
    fn is_due(&self, partition: Partition, vnode: &Vnode, node: NodeNumber, now: Instant) -> bool {
        let is_new = vnode.sources.is_empty() && !vnode.group.may_lead(self.me);
        let tells = |source| {
            let is_early = now < vnode.one_source_until;
            self.reaches(source) && (is_early || self.anti_entropy.copies(partition, source))
        };
        let first = vnode.group.source().filter(|&source| is_new && tells(source));
        vnode.unchecked.contains(&node) && first.is_none_or(|first| first == node)
            || self.anti_entropy.doubts.contains(&(partition, node))
    }

    /// Sends the digests of the partitions after `after`, as many as a message may hold.
    fn compare(
        &mut self,
        peer: NodeNumber,
        which: Which,
        after: Option<Partition>,
        step: &mut Step<'_>,
    ) {
        let now = step.now.instant;
        let shared = self.vnodes.iter_after(after).filter(|&(partition, vnode)| {
            let among = match which {
                Which::All => vnode.group.contains(peer),
                Which::Due => self.is_due(partition, vnode, peer, now),
            };
            vnode.is_member() && among
        });
        let counted = shared.filter_map(|(partition, vnode)| {
            let digest = vnode.counting.done()?;
            Some((partition, vnode.group.configuration, digest.root()))
        });
        let digests: Vec<_> = counted.take(self.config.batch).collect();
        if digests.is_empty() {
            self.anti_entropy.comparing = None;
            return;
        }
        let token = self.token();
        let last = digests.last().map(|&(partition, ..)| partition);
        self.anti_entropy.comparing = Some(Comparing {
            token,
            peer,
            partitions: digests.iter().map(|&(partition, ..)| partition).collect(),
            which,
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
            let digest = self.vnodes.get(*partition).and_then(|vnode| vnode.counting.done());
            let bits = digest.map_or(0, |digest| digest.difference(buckets));
            if bits == 0 {
                comparing.partitions.insert(*partition);
            } else if self.is_surprising(*partition, from) {
                self.anti_entropy.doubts.insert((*partition, from));
            } else {
                self.anti_entropy.doubts.remove(&(*partition, from));
                self.anti_entropy.behind.entry(*partition).or_insert((from, bits));
            }
        }
        let mut claims = Vec::new();
        for equal in comparing.partitions {
            self.anti_entropy.doubts.remove(&(equal, from));
            // The digests are of what is durable.
            self.checked(equal, from);
            claims.extend(self.caught_up(equal, from));
        }
        self.claim(from, claims, step);
        self.start_sessions(step);
        if comparing.last.is_some() {
            self.compare(comparing.peer, comparing.which, comparing.last, step);
        }
    }

    /// Whether a difference from `peer` is the first after the two were equal. To list a
    /// partition's keys costs both a walk over all of them: not for what a moment mends.
    fn is_surprising(&self, partition: Partition, peer: NodeNumber) -> bool {
        let vnode = self.vnodes.get(partition);
        let was_equal = vnode.is_some_and(|vnode| !vnode.unchecked.contains(&peer));
        was_equal && !self.anti_entropy.doubts.contains(&(partition, peer))
    }

    /// All that `peer` had of `partition` is here, durably.
    pub(crate) fn pulled_all(
        &mut self,
        partition: Partition,
        configuration: Epoch,
        peer: NodeNumber,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        if vnode.group.configuration == configuration && vnode.is_member() {
            self.checked(partition, peer);
            let claim = self.caught_up(partition, peer);
            self.claim(peer, claim, step);
        }
    }

    /// `peer` has come back, or this node has: one of them may miss what the other has.
    pub(crate) fn check_against(&mut self, peer: NodeNumber) {
        for (_, vnode) in self.vnodes.iter_mut() {
            if vnode.group.contains(peer) {
                vnode.unchecked.insert(peer);
            }
        }
        self.anti_entropy.next = Instant::default();
    }

    /// `partition` has all that `peer` had a moment ago.
    fn checked(&mut self, partition: Partition, peer: NodeNumber) {
        if let Some(vnode) = self.vnodes.get_mut(partition) {
            vnode.unchecked.remove(&peer);
            if !vnode.sources.contains(&peer) {
                vnode.sources.push(peer);
            }
        }
    }
}
