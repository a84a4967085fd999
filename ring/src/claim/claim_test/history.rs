//! Clusters that grow, shrink and change, claim after claim, as an operator would see it.

use std::format;
use std::vec;
use std::vec::Vec;

use proptest::collection;
use proptest::prelude::*;
use proptest::sample::Index;

use super::optimum::{assert_needs_slack, primary_graph, replica_graph};
use super::{Case, spec};
use crate::{Assignment, Member, NodeId, PartitionCount, ReplicationFactor, Weight, claim};

/// The most nodes of a history.
const NODES: usize = 200;

#[derive(Clone, Debug)]
enum Event {
    Join {
        nodes: usize,
        zones: usize,
        weight: u16,
    },
    Leave {
        nodes: Vec<Index>,
    },
    Reweigh {
        node: Index,
        weight: u16,
    },
    /// Every weight is halved, where it can be.
    HalveWeights,
    MoveToZone {
        node: Index,
        zone: usize,
    },
    LoseZone {
        of: Index,
    },
    /// Zones become so many.
    Rezone {
        zones: usize,
    },
    SetFactor {
        copies: u8,
    },
    ReplaceAll,
}

fn events() -> impl Strategy<Value = Event> {
    let weight = || prop_oneof![3 => Just(1_u16), 3 => 1_u16..8, 1 => Just(u16::MAX)];
    let node = any::<Index>;
    prop_oneof![
        4 => (1_usize..4, 1_usize..9, weight())
            .prop_map(|(nodes, zones, weight)| Event::Join { nodes, zones, weight }),
        1 => (1_usize..80, 1_usize..9, weight())
            .prop_map(|(nodes, zones, weight)| Event::Join { nodes, zones, weight }),
        4 => collection::vec(node(), 1..3).prop_map(|nodes| Event::Leave { nodes }),
        1 => collection::vec(node(), 1..40).prop_map(|nodes| Event::Leave { nodes }),
        2 => (node(), weight()).prop_map(|(node, weight)| Event::Reweigh { node, weight }),
        1 => Just(Event::HalveWeights),
        2 => (node(), 0_usize..9).prop_map(|(node, zone)| Event::MoveToZone { node, zone }),
        1 => node().prop_map(|of| Event::LoseZone { of }),
        1 => (1_usize..NODES).prop_map(|zones| Event::Rezone { zones }),
        2 => (1_u8..=7).prop_map(|copies| Event::SetFactor { copies }),
        1 => Just(Event::ReplaceAll),
    ]
}

/// A cluster under test.
struct Cluster {
    members: Vec<Member>,
    factor: ReplicationFactor,
    /// How many nodes there ever were: ids are not used twice.
    joined: usize,
}

impl Cluster {
    fn join(&mut self, zone: usize, weight: u16) {
        if self.members.len() < NODES {
            self.joined += 1;
            self.members.push(Member {
                id: format!("n{}", self.joined).parse().unwrap(),
                zone: format!("z{zone}").parse().unwrap(),
                weight: Weight::new(weight).unwrap(),
            });
        }
    }

    fn apply(&mut self, event: Event) {
        let count = self.members.len();
        match event {
            Event::Join { nodes, zones, weight } => {
                (0..nodes).for_each(|node| self.join(node % zones, weight));
            }
            Event::Leave { nodes } => {
                for node in nodes {
                    if self.members.len() > 1 {
                        self.members.remove(node.index(self.members.len()));
                    }
                }
            }
            Event::Reweigh { node, weight } => {
                self.members[node.index(count)].weight = Weight::new(weight).unwrap();
            }
            Event::HalveWeights => {
                for member in &mut self.members {
                    member.weight = Weight::new(member.weight.get().div_ceil(2)).unwrap();
                }
            }
            Event::MoveToZone { node, zone } => {
                self.members[node.index(count)].zone = format!("z{zone}").parse().unwrap();
            }
            Event::LoseZone { of } => {
                let zone = self.members[of.index(count)].zone.clone();
                if self.members.iter().any(|member| member.zone != zone) {
                    self.members.retain(|member| member.zone != zone);
                }
            }
            Event::Rezone { zones } => {
                for (index, member) in self.members.iter_mut().enumerate() {
                    member.zone = format!("z{}", index % zones).parse().unwrap();
                }
            }
            Event::SetFactor { copies } => {
                self.factor = ReplicationFactor::new(copies).unwrap();
            }
            Event::ReplaceAll => {
                let old = core::mem::take(&mut self.members);
                for (index, member) in old.iter().enumerate() {
                    self.join(index % 5, member.weight.get());
                }
            }
        }
    }
}

fn case(present: &Assignment, next: &Assignment, members: &[Member]) -> Case {
    let member = |id: &NodeId| members.iter().find(|member| member.id == *id).unwrap();
    let index = |id: &NodeId| next.nodes().iter().position(|node| node == id);
    let stays: Vec<_> = present.nodes().iter().map(index).collect();
    let members: Vec<_> = next.nodes().iter().map(member).collect();
    let mut zones: Vec<_> = members.iter().map(|member| &member.zone).collect();
    zones.sort_unstable();
    Case {
        copies: next.list_length(),
        zones: members.iter().map(|m| zones.partition_point(|zone| **zone < m.zone)).collect(),
        weights: members.iter().map(|member| member.weight.get()).collect(),
        before: present.lists().map(|list| list.iter().map(|n| stays[n.get()]).collect()).collect(),
        after: next.lists().map(|list| list.iter().map(|n| n.get()).collect()).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_claim_of_a_history_is_valid_and_moves_the_least(
        (first, zones) in (1_usize..80, 1_usize..9),
        events in collection::vec(events(), 1..8),
    ) {
        let factor = ReplicationFactor::DEFAULT;
        let mut cluster = Cluster { members: Vec::new(), factor, joined: 0 };
        let mut present = Assignment::unassigned(PartitionCount::MIN);
        let start = Event::Join { nodes: first, zones, weight: 1 };
        for event in core::iter::once(start).chain(events) {
            cluster.apply(event);
            let next = claim(&present, &cluster.members, cluster.factor);
            cluster.members.reverse();
            prop_assert_eq!(&next, &claim(&present, &cluster.members, cluster.factor));
            let case = case(&present, &next, &cluster.members);
            prop_assert_eq!(case.copies, cluster.factor.capped(case.nodes()));
            spec::assert_valid(&case);
            prop_assert!(!replica_graph(&case).improvable(), "fewer vnodes could move");
            let slack = spec::primary_slack(&case);
            prop_assert!(!primary_graph(&case, slack).improvable(), "fewer primaries could change");
            assert_needs_slack(&case, slack);
            present = next;
        }
    }
}

#[test]
fn an_unchanged_cluster_moves_nothing() {
    let mut cluster =
        Cluster { members: Vec::new(), factor: ReplicationFactor::DEFAULT, joined: 0 };
    cluster.apply(Event::Join { nodes: 17, zones: 4, weight: 3 });
    let present = Assignment::unassigned(PartitionCount::DEFAULT);
    let next = claim(&present, &cluster.members, cluster.factor);
    assert_eq!(next, claim(&next, &cluster.members, cluster.factor));
}

#[test]
fn the_copies_of_one_nodes_partitions_are_spread_over_all_others() {
    // When a node fails, its seconds take over: they should be many, each with a little.
    let mut cluster =
        Cluster { members: Vec::new(), factor: ReplicationFactor::DEFAULT, joined: 0 };
    cluster.apply(Event::Join { nodes: 10, zones: 1, weight: 1 });
    let mut present = Assignment::unassigned(PartitionCount::DEFAULT);
    for _ in 0..2 {
        present = claim(&present, &cluster.members, cluster.factor);
        cluster.apply(Event::Join { nodes: 1, zones: 1, weight: 1 });
        let nodes = present.nodes().len();
        let mut seconds = vec![vec![0_usize; nodes]; nodes];
        for list in present.lists() {
            seconds[list[0].get()][list[1].get()] += 1;
        }
        let fair = 4096 / nodes / (nodes - 1);
        for (primary, seconds) in seconds.iter().enumerate() {
            let most = seconds.iter().max().unwrap();
            assert!(*most < 2 * fair, "n{primary}'s seconds are {seconds:?}, {fair} each is fair");
        }
    }
}
