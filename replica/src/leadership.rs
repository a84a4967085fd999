//! What a leader knows of a partition. All of it is lost with the leadership.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use ringway_ring::Key;

use crate::request::Request;
use crate::{Ballot, Group, Instant, NodeNumber, Outcome, Record, Token, Version};

/// A node's leadership of a partition under one ballot, or its attempt at it.
#[derive(Debug)]
pub(crate) struct Leadership {
    pub(crate) ballot: Ballot,
    /// Of the ballot's configuration: whose promises and acknowledgements count.
    pub(crate) group: Arc<Group>,
    pub(crate) since: Instant,
    /// This node's own promise is durable.
    pub(crate) own_promise: bool,
    /// It only asks whether a ballot that this node made before it restarted still stands. It
    /// never leads under that one.
    pub(crate) probes: bool,
    /// A majority has promised.
    pub(crate) established: bool,
    /// Of the last version stamped.
    sequence: u64,
    /// How often the promise was asked for, or confirmation of it. A grant of one asking is
    /// a grant of all before.
    pub(crate) asked: u64,
    /// The last asking that each peer granted.
    granted: BTreeMap<NodeNumber, u64>,
    /// Outcomes that hold if the asking of that number is granted by a majority.
    pub(crate) reads: VecDeque<(u64, Request, Outcome)>,
    /// The keys that something is being done with.
    pub(crate) lanes: BTreeMap<Key<'static>, Lane>,
    /// Committed tombstones on their way out.
    pub(crate) graves: BTreeMap<Version, Grave>,
    /// Since when it has been finishing what is in flight, to take nothing on any more.
    pub(crate) draining: Option<Instant>,
    /// How far the sweep has come.
    pub(crate) swept: Option<Key<'static>>,
}

impl Leadership {
    pub(crate) fn new(ballot: Ballot, group: Arc<Group>, since: Instant) -> Self {
        Self {
            ballot,
            group,
            since,
            own_promise: false,
            probes: false,
            established: false,
            sequence: 0,
            asked: 1,
            granted: BTreeMap::new(),
            reads: VecDeque::new(),
            lanes: BTreeMap::new(),
            graves: BTreeMap::new(),
            draining: None,
            swept: None,
        }
    }

    /// Asks whether `ballot`, which this node made and promised before it restarted, stands.
    pub(crate) fn probe(ballot: Ballot, group: Arc<Group>, since: Instant) -> Self {
        Self { own_promise: true, probes: true, ..Self::new(ballot, group, since) }
    }

    /// Whether something is in flight, or on its way out.
    pub(crate) fn is_busy(&self) -> bool {
        !self.established
            || self.draining.is_some()
            || !(self.reads.is_empty() && self.lanes.is_empty() && self.graves.is_empty())
    }

    /// The next version: each is given out once.
    pub(crate) fn stamp(&mut self) -> Version {
        self.sequence += 1;
        Version { ballot: self.ballot, sequence: self.sequence }
    }

    /// The last version stamped.
    pub(crate) fn last_stamped(&self) -> Version {
        Version { ballot: self.ballot, sequence: self.sequence }
    }

    /// `peer` has granted the asking numbered `number`.
    pub(crate) fn grant(&mut self, peer: NodeNumber, number: u64) {
        let granted = self.granted.entry(peer).or_default();
        *granted = number.max(*granted);
    }

    /// Whether `peer` has something left to grant. Every holder is to promise once, though a
    /// majority is enough to lead: only who has promised in its configuration is copied from.
    pub(crate) fn lacks(&self, peer: NodeNumber) -> bool {
        let needed = !self.established || !self.reads.is_empty();
        match self.granted.get(&peer) {
            None => self.group.contains(peer),
            Some(&granted) => needed && granted < self.asked,
        }
    }

    /// Who granted the asking numbered `number`, this node among them.
    pub(crate) fn granted(&self, number: u64, me: NodeNumber) -> Vec<NodeNumber> {
        let grants = self.granted.iter().filter(|&(_, &granted)| granted >= number);
        let own = self.own_promise.then_some(me);
        grants.map(|(&peer, _)| peer).chain(own).collect()
    }
}

/// What is being done with a key: one thing at a time, which makes conditional writes
/// atomic; what comes meanwhile waits.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) active: Active,
    pub(crate) queue: VecDeque<Request>,
}

/// What is being done with a key.
#[derive(Debug, Default)]
pub(crate) enum Active {
    /// Nothing.
    #[default]
    Free,
    /// Asking a majority for its records.
    Collecting(Box<Collecting>),
    /// A record of it is proposed.
    Writing,
}

/// Asking a majority for its records of a key.
#[derive(Debug)]
pub(crate) struct Collecting {
    pub(crate) token: Token,
    pub(crate) sent: Instant,
    pub(crate) answers: BTreeMap<NodeNumber, Option<Record>>,
    /// What it is done for.
    pub(crate) request: Request,
}

/// A record that is proposed, and not committed yet.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// Of the ballot's configuration: whose acknowledgements count.
    pub(crate) group: Arc<Group>,
    pub(crate) key: Key<'static>,
    pub(crate) record: Record,
    pub(crate) acks: Vec<NodeNumber>,
    pub(crate) refusals: Vec<NodeNumber>,
    pub(crate) sent: Instant,
    pub(crate) then: Then,
}

impl Proposal {
    /// Whether no majority can accept it any more: too many refused.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.group.blocks_majority(&self.refusals)
    }

    /// Whether nobody waits for it.
    pub(crate) fn is_orphan(&self) -> bool {
        matches!(self.then, Then::Nothing)
    }
}

/// What to do when a proposal is committed.
#[derive(Debug)]
pub(crate) enum Then {
    /// It was the client's own write. Its effect can't be called back: if it is not
    /// committed in time its outcome is unknown.
    Answer(Request, Outcome),
    /// It was an adoption or an expiry that the request needed first. Without it the request
    /// has had no effect and may be tried elsewhere.
    Decide(Request),
    /// Nobody waits any more.
    Nothing,
}

/// A committed tombstone on its way out.
#[derive(Debug)]
pub(crate) struct Grave {
    pub(crate) key: Key<'static>,
    pub(crate) record: Record,
    /// Who holds it durably.
    pub(crate) acks: Vec<NodeNumber>,
    /// Who has removed it, once all held it.
    pub(crate) purged: Vec<NodeNumber>,
    /// The floor that goes with the removal, once it has begun.
    pub(crate) floor: Option<Version>,
    pub(crate) sent: Instant,
}
