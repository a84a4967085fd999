//! Who holds what, as all agree in the end: the part of consensus and of the coordinator in a
//! simulation. Every change is a view; a move is completed only when every next holder has
//! said that it has all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringway_replica::{Group, NodeNumber, Placement};
use ringway_ring::{Epoch, Partition};

use crate::cluster::number;
use crate::keys::PARTITIONS;
use crate::random::Random;

/// A change that somebody asks for.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub at: u64,
    pub partition: Partition,
    pub kind: ChangeKind,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum ChangeKind {
    /// Other holders, unless the partition moves already.
    Move { to: Vec<usize> },
    /// The holders of before, if it moves.
    Cancel,
    /// A later view with nothing new for any partition, such as one of who is reachable.
    Health,
}

impl Change {
    /// Any change of `partition`, somewhere in the first `duration` milliseconds.
    pub(crate) fn random(
        random: &mut Random,
        nodes: usize,
        partitions: u16,
        duration: u64,
    ) -> Self {
        let at = random.below(duration);
        let partition = Partition::new(random.below(u64::from(partitions)) as u16);
        let kind = match random.below(10) {
            0..=6 => {
                let length = *random.pick(&[1, 2, 3, 3, 3, 3]);
                let mut spare: Vec<usize> = (0..nodes).collect();
                let take = |_| spare.swap_remove(random.below(spare.len() as u64) as usize);
                ChangeKind::Move { to: (0..length.min(nodes)).map(take).collect() }
            }
            7..=8 => ChangeKind::Cancel,
            _ => ChangeKind::Health,
        };
        Self { at, partition, kind }
    }
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
    /// Moves begun, completed, cancelled.
    pub moves: [usize; 3],
}

impl Topology {
    pub(crate) fn new(partitions: u16, replicas: usize, nodes: usize) -> Self {
        let holders = |partition: u16| {
            let place = |place| number((usize::from(partition) + place) % nodes);
            let replicas: Vec<_> = (0..replicas).map(place).collect();
            let since = replicas.iter().map(|&node| (node, Epoch::FIRST)).collect();
            Holders { configuration: Epoch::FIRST, replicas, next: vec![], since }
        };
        let first = (0..partitions).map(|one| (Partition::new(one), holders(one))).collect();
        Self { views: vec![first], synced: BTreeSet::new(), moves: [0; 3] }
    }

    /// The latest view's.
    pub(crate) fn epoch(&self) -> u64 {
        self.views.len() as u64
    }

    /// What `node` is told of the view of `epoch`.
    pub(crate) fn placement(&self, epoch: u64, node: usize) -> Placement {
        let group = |holders: &Holders| {
            Arc::new(Group {
                configuration: holders.configuration,
                replicas: holders.replicas.clone(),
                next: holders.next.clone(),
                since: holders.since.get(&number(node)).copied(),
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

    pub(crate) fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.present().keys().copied()
    }

    /// Since when `node` holds `partition`.
    pub(crate) fn since(&self, partition: Partition, node: usize) -> Option<Epoch> {
        self.present()[&partition].since.get(&number(node)).copied()
    }

    /// Makes the next view if `change` is possible; whether it is.
    pub(crate) fn change(&mut self, change: &Change) -> bool {
        let epoch = Epoch::new(self.epoch() + 1);
        let mut view = self.present().clone();
        let one = view.get_mut(&change.partition).unwrap();
        match &change.kind {
            ChangeKind::Move { to } if one.next.is_empty() => {
                let to: Vec<NodeNumber> = to.iter().copied().map(number).collect();
                if to == one.replicas {
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
    pub(crate) fn report(&mut self, partition: Partition, configuration: Epoch, node: usize) {
        self.synced.insert((partition, configuration, number(node)));
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
}
