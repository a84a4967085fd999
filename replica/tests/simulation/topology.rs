//! Who holds what, as all agree in the end: the part of consensus and of the coordinator in a
//! simulation. Every change is a view; a move is completed only when every next holder has
//! said that it has all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringway_replica::{Group, NodeNumber, Placement};
use ringway_ring::{Epoch, Partition};

use crate::change::{Change, ChangeKind};
use crate::cluster::number;
use crate::keys::PARTITIONS;

/// The places of those who hold `partition` at first.
pub(crate) fn first_holders(partition: Partition, replicas: usize, nodes: usize) -> Vec<usize> {
    (0..replicas).map(|place| (usize::from(partition.get()) + place) % nodes).collect()
}

/// One partition's holders at one epoch.
#[derive(Clone, Debug)]
struct Holders {
    configuration: Epoch,
    replicas: Vec<NodeNumber>,
    next: Vec<NodeNumber>,
    since: BTreeMap<NodeNumber, Epoch>,
}

/// All views so far.
pub(crate) struct Topology {
    views: Vec<BTreeMap<Partition, Holders>>,
    /// Who has said, in which configuration, that it has all.
    synced: BTreeSet<(Partition, Epoch, NodeNumber)>,
    /// Nodes whose disks are lost for good.
    lost: BTreeSet<NodeNumber>,
    /// Moves begun, completed, cancelled.
    pub moves: [usize; 3],
}

impl Topology {
    pub(crate) fn new(partitions: u16, replicas: usize, nodes: usize) -> Self {
        let holders = |partition: u16| {
            let places = first_holders(Partition::new(partition), replicas, nodes);
            let replicas: Vec<_> = places.into_iter().map(number).collect();
            let since = replicas.iter().map(|&node| (node, Epoch::FIRST)).collect();
            Holders { configuration: Epoch::FIRST, replicas, next: vec![], since }
        };
        let first = (0..partitions).map(|one| (Partition::new(one), holders(one))).collect();
        let (synced, lost) = (BTreeSet::new(), BTreeSet::new());
        Self { views: vec![first], synced, lost, moves: [0; 3] }
    }

    /// The latest view's.
    pub(crate) fn epoch(&self) -> u64 {
        self.views.len() as u64
    }

    /// What `node` is told of the view of `epoch`.
    pub(crate) fn placement(&self, epoch: u64, node: NodeNumber) -> Placement {
        let group = |holders: &Holders| {
            Arc::new(Group {
                configuration: holders.configuration,
                replicas: holders.replicas.clone(),
                next: holders.next.clone(),
                since: holders.since.get(&node).copied(),
            })
        };
        let view = &self.views[epoch as usize - 1];
        Placement {
            epoch: Epoch::new(epoch),
            partitions: PARTITIONS,
            groups: view.iter().map(|(&partition, one)| (partition, group(one))).collect(),
        }
    }

    fn present(&self) -> &BTreeMap<Partition, Holders> {
        self.views.last().unwrap()
    }

    /// The present holders, and where the partition moves.
    pub(crate) fn holders(&self, partition: Partition) -> (&[NodeNumber], &[NodeNumber]) {
        let holders = &self.present()[&partition];
        (&holders.replicas, &holders.next)
    }

    /// The present configuration.
    pub(crate) fn configuration(&self, partition: Partition) -> Epoch {
        self.present()[&partition].configuration
    }

    /// Whether `partition` moves in `configuration`.
    pub(crate) fn moves_in(&self, partition: Partition, configuration: Epoch) -> bool {
        let view = &self.views[configuration.get() as usize - 1];
        !view[&partition].next.is_empty()
    }

    pub(crate) fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.present().keys().copied()
    }

    /// Since when `node` holds `partition`.
    pub(crate) fn since(&self, partition: Partition, node: NodeNumber) -> Option<Epoch> {
        self.present()[&partition].since.get(&node).copied()
    }

    /// Makes the next view if `change` is possible, with the nodes that are in their places now;
    /// whether it is.
    pub(crate) fn change(&mut self, change: &Change, names: &[NodeNumber]) -> bool {
        let epoch = Epoch::new(self.epoch() + 1);
        let mut view = self.present().clone();
        let one = view.get_mut(&change.partition).unwrap();
        match &change.kind {
            ChangeKind::Move { to } if one.next.is_empty() => {
                let to: Vec<NodeNumber> = to.iter().map(|&place| names[place]).collect();
                if to == one.replicas || !keeps_majority(&to, &self.lost) {
                    return false;
                }
                for &node in &to {
                    one.since.entry(node).or_insert(epoch);
                }
                (one.configuration, one.next) = (epoch, to);
                self.moves[0] += 1;
            }
            ChangeKind::Cancel if !one.next.is_empty() => {
                one.next.clear();
                one.configuration = epoch;
                one.since.retain(|node, _| one.replicas.contains(node));
                self.moves[2] += 1;
            }
            ChangeKind::Health => {}
            ChangeKind::Move { .. } | ChangeKind::Cancel => return false,
        }
        self.views.push(view);
        true
    }

    /// `node` says that it has all of `partition`.
    pub(crate) fn report(&mut self, partition: Partition, configuration: Epoch, node: NodeNumber) {
        self.synced.insert((partition, configuration, node));
    }

    /// A partition that may change hands now.
    pub(crate) fn completable(&self) -> Option<Partition> {
        let has_all = |partition: Partition, one: &Holders| {
            let has = |&node: &_| self.synced.contains(&(partition, one.configuration, node));
            !one.next.is_empty() && one.next.iter().all(has)
        };
        let found = self.present().iter().find(|(partition, one)| has_all(**partition, one));
        found.map(|(&partition, _)| partition)
    }

    /// Completes the move of `partition`.
    pub(crate) fn complete(&mut self, partition: Partition) {
        let epoch = Epoch::new(self.epoch() + 1);
        let mut view = self.present().clone();
        let one = view.get_mut(&partition).unwrap();
        one.replicas = std::mem::take(&mut one.next);
        one.configuration = epoch;
        one.since.retain(|node, _| one.replicas.contains(node));
        self.moves[1] += 1;
        self.views.push(view);
    }

    pub(crate) fn is_still(&self) -> bool {
        self.present().values().all(|one| one.next.is_empty())
    }

    /// Whether each list of holders, present and next, counted apart, has a majority of disks
    /// left if that of `node` is lost too.
    pub(crate) fn may_lose(&self, node: NodeNumber) -> bool {
        let lost = self.lost.iter().copied().chain([node]).collect();
        let mut lists = self.present().values().flat_map(|one| [&one.replicas, &one.next]);
        lists.all(|list| !list.contains(&node) || keeps_majority(list, &lost))
    }

    /// The disk of `node` is lost for good.
    pub(crate) fn lose(&mut self, node: NodeNumber) {
        self.lost.insert(node);
    }

    /// A partition that counts on a lost node, and whether it moves there.
    pub(crate) fn to_heal(&self, lost: impl Fn(NodeNumber) -> bool) -> Option<(Partition, bool)> {
        let counts = |list: &[NodeNumber]| list.iter().any(|&node| lost(node));
        self.present().iter().find_map(|(&partition, one)| {
            let is_moving = !one.next.is_empty();
            let heals = if is_moving { counts(&one.next) } else { counts(&one.replicas) };
            heals.then_some((partition, is_moving))
        })
    }
}

/// Whether a minority of `holders` is lost at most.
fn keeps_majority(holders: &[NodeNumber], lost: &BTreeSet<NodeNumber>) -> bool {
    let count = holders.iter().filter(|node| lost.contains(node)).count();
    holders.is_empty() || count * 2 < holders.len()
}
