//! Few partitions, any present state: the claim against a computed optimum.

use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::optimum::{assert_needs_slack, primary_graph, replica_graph};
use super::{Case, spec};
use crate::claim::before::Before;
use crate::claim::cluster::Cluster;
use crate::claim::least::least_moves;
use crate::claim::solved;
use crate::{Member, NodeIndex, ReplicationFactor, Weight};

/// One claim on any number of partitions; who held what may be anything, well spread or
/// not, and in part by nodes that have left.
fn cases() -> impl Strategy<Value = (Case, u64)> {
    let weights = prop_oneof![
        3 => Just(1_u16),
        3 => 1_u16..5,
        1 => prop_oneof![Just(100_u16), Just(u16::MAX)],
    ];
    (1_usize..9, 1_usize..14, 1_usize..5, 1_u8..=5, 0_usize..=5).prop_flat_map(
        move |(nodes, partitions, zones, copies, copies_before)| {
            let holders = (0..nodes + 2).map(|node| (node < nodes).then_some(node));
            let holders: Vec<_> = holders.collect();
            let list = subsequence(holders, copies_before.min(nodes + 2)).prop_shuffle();
            let lists = vec(list, partitions);
            (vec(0..zones, nodes), vec(weights.clone(), nodes), lists).prop_map(
                move |(zones, weights, before)| {
                    let after = Vec::new();
                    let copies = usize::from(copies).min(nodes);
                    claimed(Case { copies, zones, weights, before, after })
                },
            )
        },
    )
}

/// The case with its claim, and the proved least number of moves.
fn claimed(case: Case) -> (Case, u64) {
    let member = |node: usize| Member {
        id: std::format!("n{node}").parse().unwrap(),
        zone: std::format!("z{}", case.zones[node]).parse().unwrap(),
        weight: Weight::new(case.weights[node]).unwrap(),
    };
    let members: Vec<_> = (0..case.nodes()).map(member).collect();
    let members: Vec<_> = members.iter().collect();
    let factor = ReplicationFactor::new(case.copies as u8).unwrap();
    let cluster = Cluster::new(&members, case.before.len() as u32, factor);
    let length = case.before.first().map_or(0, Vec::len);
    let old = case.before.iter().flatten().map(|holder| holder.map(NodeIndex::of));
    let before = Before::from_lists(length, old.collect());
    let solved = solved(&cluster, &before);
    let list = |list: &[NodeIndex]| list.iter().map(|node| node.get()).collect();
    let after = solved.lists.chunks(case.copies).map(list).collect();
    let bound = least_moves(&cluster, &before, &solved.prices);
    // Whatever the prices, nothing below the optimum is ruled out.
    let other = solved.prices.iter().zip(&case.weights).map(|(y, w)| y + i64::from(w % 3) - 1);
    let weaker = least_moves(&cluster, &before, &other.collect::<Vec<_>>());
    assert!(weaker <= bound, "other prices give {weaker}, the claim's {bound}");
    (Case { after, ..case }, bound)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn the_claim_is_valid_and_moves_as_little_as_an_exhaustive_flow((case, bound) in cases()) {
        let least = replica_graph(&case).least_cost();
        prop_assert_eq!(Some(case.moves() as i64), least);
        prop_assert_eq!(Some(bound as i64), least, "the proof falls short");
        let slack = spec::primary_slack(&case);
        let least = primary_graph(&case, slack).least_cost();
        prop_assert_eq!(Some(case.primary_changes() as i64), least);
        assert_needs_slack(&case, slack);
        spec::assert_valid(&case);
    }
}
