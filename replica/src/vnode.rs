//! One partition as this node holds it.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Bound;

use ringway_ring::Key;

use crate::digest::Counting;
use crate::leadership::{Leadership, Proposal};
use crate::request::Request;
use crate::standing::Standing;
use crate::{
    Ballot, Group, Head, Instant, NodeNumber, PartitionState, Record, Replaced, Ticket, Version,
};

/// One partition as this node holds it.
#[derive(Debug)]
pub(crate) struct Vnode {
    pub(crate) group: Arc<Group>,
    pub(crate) standing: Standing,
    /// How far it is removed, while it is being cleared.
    pub(crate) cleared: Option<Key<'static>>,
    /// With what was submitted.
    pub(crate) state: PartitionState,
    /// Without what is not durable yet.
    pub(crate) durable: PartitionState,
    /// Whether any state is on the disk.
    pub(crate) is_recorded: bool,
    /// The last store under way that holds a state.
    pub(crate) state_until: Option<Ticket>,
    /// The keys with stores under way.
    shadows: BTreeMap<Key<'static>, Shadow>,
    /// Of what is durable.
    pub(crate) counting: Counting,
    /// The other holders with which it was not compared since one of the two came back.
    pub(crate) unchecked: BTreeSet<NodeNumber>,
    /// From whom all that was newer there has been pulled, durably, under this configuration
    /// and after they had promised in it.
    pub(crate) sources: Vec<NodeNumber>,
    /// Until then a new holder waits for one to tell what there is, even if that tells nothing.
    pub(crate) one_source_until: Instant,
    /// Who led under the configuration before, and may be finishing.
    pub(crate) former: Option<Former>,
    /// The highest ballot heard of: where the leader is looked for.
    pub(crate) hint: Ballot,
    /// Whom this node handed over to, and how long to believe that it leads.
    pub(crate) successor: Option<(NodeNumber, Instant)>,
    /// Where this node leads, or tries to.
    pub(crate) leadership: Option<Leadership>,
    /// Requests that wait until it leads.
    pub(crate) waiting: VecDeque<Request>,
    /// What is proposed and not committed: under the present ballot, and under earlier ones
    /// where a client still waits for the outcome.
    pub(crate) proposals: BTreeMap<Version, Proposal>,
    /// The ballot promised last is one that this node made before it restarted: somebody may
    /// have led since.
    pub(crate) restarted: bool,
    /// Attempts to lead since it last went well.
    pub(crate) attempts: u32,
    /// No attempt to lead before this.
    pub(crate) not_before: Instant,
}

impl Vnode {
    /// Of `me` in `group`, with what is stored. Of what never was anything is stored it holds
    /// all there is, which is nothing.
    pub(crate) fn new(group: Arc<Group>, me: NodeNumber, stored: Option<PartitionState>) -> Self {
        let since = group.since.unwrap_or(PartitionState::NEW.since);
        let state = stored.unwrap_or(PartitionState { since, ..PartitionState::NEW });
        Self {
            standing: Standing::of(&group, me, &state),
            cleared: None,
            unchecked: group.others(me).collect(),
            sources: Vec::new(),
            one_source_until: Instant::default(),
            former: None,
            group,
            state,
            durable: state,
            is_recorded: stored.is_some(),
            state_until: None,
            shadows: BTreeMap::new(),
            counting: Counting::start(),
            hint: state.promised,
            successor: None,
            leadership: None,
            waiting: VecDeque::new(),
            proposals: BTreeMap::new(),
            restarted: state.promised > Ballot::BOTTOM,
            attempts: 0,
            not_before: Instant::default(),
        }
    }

    /// Remembers that `ballot` is about.
    pub(crate) fn see(&mut self, ballot: Ballot) {
        if ballot > self.hint {
            self.hint = ballot;
            self.restarted = false;
            self.successor = None;
            self.former = None;
        }
    }

    pub(crate) fn is_member(&self) -> bool {
        self.standing == Standing::Member
    }

    /// Whether nothing of an earlier configuration can be accepted here any more: the promise
    /// is durable, or the node did not hold the partition then.
    pub(crate) fn is_fenced(&self) -> bool {
        let configuration = self.group.configuration;
        self.durable.promised.configuration >= configuration || self.state.since >= configuration
    }

    /// Whether no store is under way.
    pub(crate) fn is_still(&self) -> bool {
        self.shadows.is_empty() && self.state_until.is_none()
    }

    /// Whether time can bring it anything: to lead with nothing in flight is not to be busy.
    pub(crate) fn is_busy(&self) -> bool {
        let leads_busily = self.leadership.as_ref().is_some_and(Leadership::is_busy);
        leads_busily || !self.proposals.is_empty() || !self.waiting.is_empty()
    }

    /// Whether time can bring it nothing, and nothing is to be cleared of it.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_leaving = matches!(self.standing, Standing::Finishing(_) | Standing::Clearing);
        !self.is_busy() && !is_leaving
    }

    /// The leadership of an established leader that takes requests.
    pub(crate) fn leading(&mut self) -> Option<&mut Leadership> {
        self.leadership.as_mut().filter(|leadership| leadership.established)
    }

    /// The leadership under `ballot`.
    pub(crate) fn leading_at(&mut self, ballot: Ballot) -> Option<&mut Leadership> {
        self.leading().filter(|leadership| leadership.ballot == ballot)
    }

    pub(crate) fn set_state(&mut self, state: PartitionState, ticket: Ticket) {
        assert!(state.promised >= self.state.promised, "a promise never goes back");
        assert!(state.floor >= self.state.floor, "a floor never goes back");
        assert!(state.since >= self.state.since, "what is held anew is held later");
        self.see(state.promised);
        self.state = state;
        self.state_until = Some(ticket);
    }

    pub(crate) fn state_stored(&mut self, state: PartitionState, ticket: Ticket) {
        self.durable = state;
        self.is_recorded = true;
        self.state_until = self.state_until.filter(|&until| until > ticket);
    }

    /// A later store under way holds this state too, as it holds all that was promised.
    pub(crate) fn state_failed(&mut self, ticket: Ticket) {
        if self.state_until == Some(ticket) {
            self.state = self.durable;
            self.state_until = None;
        }
    }

    /// The stores under way of `key`; `durable` tells what is on the disk if there are none.
    pub(crate) fn shadow(
        &mut self,
        key: &Key<'static>,
        durable: impl FnOnce() -> Option<Head>,
    ) -> &mut Shadow {
        let new = || Shadow { durable: durable(), pending: VecDeque::new() };
        self.shadows.entry(key.clone()).or_insert_with(new)
    }

    /// The last store under way of `key`: its record, or that it is removed.
    pub(crate) fn pending(&self, key: &Key<'static>) -> Option<&Option<Record>> {
        self.shadows.get(key)?.pending.back().map(|(_, record)| record)
    }

    /// What must be durable before anything may be said that rests on the record of `key`
    /// or on a promise.
    pub(crate) fn until(&self, key: &Key<'static>) -> Option<Ticket> {
        let record = self.shadows.get(key).and_then(|shadow| shadow.pending.back());
        self.state_until.max(record.map(|&(ticket, _)| ticket))
    }

    /// What is on the disk of the keys with stores under way, from after `after` up to `last`.
    pub(crate) fn durable_under_way(
        &self,
        after: Option<&Key<'static>>,
        last: Option<&Key<'static>>,
    ) -> impl Iterator<Item = (Key<'static>, Option<Head>)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let until = last.map_or(Bound::Unbounded, Bound::Included);
        let range = self.shadows.range::<Key<'static>, _>((from, until));
        range.map(|(key, shadow)| (key.clone(), shadow.durable))
    }

    pub(crate) fn record_stored(&mut self, key: &Key<'static>, ticket: Ticket) {
        let Some(shadow) = self.shadows.get_mut(key) else { return };
        while let Some((_, record)) = shadow.pending.pop_front_if(|&mut (other, _)| other <= ticket)
        {
            let new = record.as_ref().map(Head::of);
            self.counting.replace(key, shadow.durable.as_ref(), new.as_ref());
            shadow.durable = new;
        }
        if shadow.pending.is_empty() {
            self.shadows.remove(key);
        }
    }

    pub(crate) fn record_failed(&mut self, key: &Key<'static>, ticket: Ticket) {
        let Some(shadow) = self.shadows.get_mut(key) else { return };
        shadow.pending.retain(|&(other, _)| other != ticket);
        if shadow.pending.is_empty() {
            self.shadows.remove(key);
        }
    }
}

/// Who led under the configuration before, and is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Former {
    pub(crate) node: NodeNumber,
    /// For how long.
    pub(crate) until: Instant,
    /// When it was last asked to hand over.
    pub(crate) asked: Instant,
}

/// A key with stores under way.
#[derive(Debug)]
pub(crate) struct Shadow {
    durable: Option<Head>,
    pending: VecDeque<(Ticket, Option<Record>)>,
}

impl Shadow {
    /// What the next store replaces.
    pub(crate) fn replaced(&self) -> Replaced {
        if self.pending.is_empty() { Replaced::Known(self.durable) } else { Replaced::Unknown }
    }

    pub(crate) fn push(&mut self, ticket: Ticket, record: Option<Record>) {
        self.pending.push_back((ticket, record));
    }
}
