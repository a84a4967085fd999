//! Plans against what can be counted plainly, and against what must be moved at least.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "a test, though Clippy does not see it behind `all(test, …)`"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::ToString;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NodePlan, Plan};
use crate::{
    Assignment, Member, NodeId, Partition, PartitionCount, ReplicationFactor, Weight, claim,
};

fn member(number: usize, zone: usize, weight: u16) -> Member {
    Member {
        id: format!("n{number}").parse().unwrap(),
        zone: format!("z{zone}").parse().unwrap(),
        weight: Weight::new(weight).unwrap(),
    }
}

/// The nodes of these numbers, in one zone.
fn members(numbers: impl IntoIterator<Item = usize>) -> Vec<Member> {
    numbers.into_iter().map(|number| member(number, 0, 1)).collect()
}

fn factor(copies: u8) -> ReplicationFactor {
    ReplicationFactor::new(copies).unwrap()
}

fn held_by(members: &[Member], copies: u8) -> Assignment {
    claim(&Assignment::unassigned(PartitionCount::MIN), members, factor(copies))
}

fn bytes(partition: Partition) -> u64 {
    u64::from(partition.get()) * 1000
}

/// The plan from what `present` would hold in a new ring, checked.
fn planned(present: &[Member], next: &[Member], copies: [u8; 2]) -> Plan {
    let held = held_by(present, copies[0]);
    let plan = Plan::new(&held, present, next, factor(copies[1]), bytes);
    assert_says_what_it_does(&plan, &held, present, next);
    plan
}

fn assert_says_what_it_does(plan: &Plan, held: &Assignment, present: &[Member], next: &[Member]) {
    let target = plan.target();
    let mut moves = plan.moves().iter().peekable();
    for partition in held.partitions().iter() {
        let before: Vec<_> = held.holders(partition).collect();
        let after: Vec<_> = target.holders(partition).collect();
        let source = before.iter().find(|id| after.contains(id)).unwrap_or(&before[0]);
        for to in target.holders(partition).filter(|to| !before.contains(to)) {
            let each = moves.next().unwrap();
            assert_eq!((each.partition, &each.from, &each.to), (partition, *source, to));
            assert_eq!(each.bytes, bytes(partition));
        }
    }
    assert_eq!(moves.next(), None, "what does not move is said to");
    assert_eq!(plan.moves().len() as u64, plan.least(), "more moves than must");
    assert!((plan.moved_to_least() - 1.0).abs() < f64::EPSILON);

    let links: Vec<_> = plan.links().iter().map(|link| (&link.from, &link.to)).collect();
    assert!(links.is_sorted_by(|one, next| one < next));
    let of_links = plan
        .links()
        .iter()
        .fold((0, 0), |(vnodes, bytes), link| (vnodes + link.vnodes as usize, bytes + link.bytes));
    assert_eq!(of_links, (plan.moves().len(), plan.bytes()));

    let all: BTreeSet<_> = present.iter().chain(next).map(|member| &member.id).collect();
    assert!(plan.nodes().iter().map(|node| &node.member().id).eq(all));
    for node in plan.nodes() {
        assert_is_counted(node, held, target);
    }
}

fn assert_is_counted(node: &NodePlan, held: &Assignment, target: &Assignment) {
    let id = &node.member().id;
    let count = |of: &Assignment, is: &dyn Fn(Vec<&NodeId>) -> bool| {
        of.partitions().iter().filter(|&each| is(of.holders(each).collect())).count()
    };
    let holds = |list: Vec<&NodeId>| list.contains(&id);
    let leads = |list: Vec<&NodeId>| list.first() == Some(&id);
    let replicas = [node.replicas.before, node.replicas.after].map(|count| count as usize);
    assert_eq!(replicas, [held, target].map(|of| count(of, &holds)), "{id}");
    let primaries = [node.primaries.before, node.primaries.after].map(|count| count as usize);
    assert_eq!(primaries, [held, target].map(|of| count(of, &leads)), "{id}");
    let off = (f64::from(node.replicas.after) - node.replicas.share).abs();
    assert!(off <= 1.0, "{id} is off its share by {off}: {:?}", node.replicas);
    if node.next.is_none() {
        assert_eq!((node.replicas.after, node.primaries.after), (0, 0), "{id} leaves");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_plan_moves_the_least_from_any_ring_to_any_other(
        now in vec(prop::option::of((0_usize..5, 1_u16..6)), 2..14),
        then in vec(prop::option::of((0_usize..5, 1_u16..6)), 2..14),
        copies in [1_u8..6, 1_u8..6],
    ) {
        let some = |nodes: Vec<Option<(usize, u16)>>| {
            let node = |(number, node): (usize, Option<_>)| {
                node.map(|(zone, weight)| member(number, zone, weight))
            };
            let mut some: Vec<_> = nodes.into_iter().enumerate().filter_map(node).collect();
            if some.is_empty() {
                some = members([99]);
            }
            some
        };
        planned(&some(now), &some(then), copies);
    }
}

#[test]
fn a_node_that_joins_gets_its_share_and_nothing_else_moves() {
    let plan = planned(&members(1..=5), &members(1..=6), [3, 3]);
    let to: BTreeSet<_> = plan.moves().iter().map(|each| each.to.to_string()).collect();
    assert_eq!(to, BTreeSet::from(["n6".into()]));
    assert!(plan.moves().len().abs_diff(512) <= 1, "{}", plan.moves().len());
    assert!(plan.changed() >= plan.moves().len());
    assert!(plan.links().len() == 5, "from everybody: {:?}", plan.links());
}

#[test]
fn a_node_that_leaves_sends_nothing_and_its_replacement_gets_what_it_had() {
    let plan = planned(&members(1..=5), &members([1, 3, 4, 5, 6]), [3, 3]);
    let ends = |link: &super::Link| (link.from.to_string(), link.to.to_string());
    assert!(plan.links().iter().map(ends).all(|(from, to)| from != "n2" && to == "n6"));
    let held = held_by(&members(1..=5), 3);
    let n2 = "n2".parse().unwrap();
    let had = |&partition: &Partition| held.holders(partition).any(|id| *id == n2);
    let moved: Vec<_> = plan.moves().iter().map(|each| each.partition).collect();
    assert!(moved.iter().all(had));
    let leaving = plan.nodes().iter().find(|node| node.next.is_none()).unwrap();
    assert_eq!(leaving.member().id, n2);
}

/// As a replica chooses its source, by the partition's lists alone.
#[test]
fn each_link_carries_what_its_sender_goes_on_holding() {
    let (present, next) = (members(1..=5), members(1..=6));
    let plan = planned(&present, &next, [3, 3]);
    let held = held_by(&present, 3);
    let mut links: BTreeMap<_, (u32, u64)> = BTreeMap::new();
    let mut elsewhere = 0;
    for partition in held.partitions().iter() {
        let before: Vec<_> = held.holders(partition).collect();
        let after: Vec<_> = plan.target().holders(partition).collect();
        let Some(new) = after.iter().find(|id| !before.contains(id)) else { continue };
        let source = before.iter().find(|id| after.contains(id)).unwrap();
        let (vnodes, carried) = links.entry((source.to_string(), new.to_string())).or_default();
        *vnodes += 1;
        *carried += bytes(partition);
        elsewhere += usize::from(*source != before[0]);
    }
    assert!(elsewhere > 0, "from some its primary moves away, and stays in the ring");
    let of_plan = plan
        .links()
        .iter()
        .map(|link| ((link.from.to_string(), link.to.to_string()), (link.vnodes, link.bytes)));
    assert_eq!(of_plan.collect::<BTreeMap<_, _>>(), links);

    let from: BTreeSet<_> = plan.moves().iter().map(|each| each.partition).collect();
    assert_eq!(from.len(), plan.moves().len(), "one comes to each");
    let alone = planned(&members(1..=2), &members(1..=3), [1, 1]);
    assert!(
        alone
            .moves()
            .iter()
            .all(|each| { held_by(&members(1..=2), 1).holders(each.partition).eq([&each.from]) })
    );
}

#[test]
fn lists_that_get_longer_or_shorter_are_told_of() {
    let lengths = [(2, 3), (3, 2), (3, 4), (4, 3)]
        .map(|(now, then)| planned(&members(1..=now), &members(1..=then), [3, 3]).changes_length());
    assert_eq!(lengths, [true, true, false, false]);
}

#[test]
fn a_first_node_is_joined_by_a_second_and_a_third() {
    let sizes = [(1, 2), (2, 3), (3, 4), (4, 2), (2, 1)];
    let moved = sizes.map(|(now, then)| {
        let plan = planned(&members(1..=now), &members(1..=then), [3, 3]);
        assert_eq!(plan.target().list_length(), then.min(3));
        plan.moves().len()
    });
    assert_eq!(moved[..2], [1024, 1024], "a second copy of everything, then a third");
    assert_eq!(moved[4], 0, "the last one has it all");
}

#[test]
fn copies_are_added_where_they_are_not_yet_and_dropped_without_a_move() {
    let five = members(1..=5);
    assert_eq!(planned(&five, &five, [3, 5]).moves().len(), 2 * 1024);
    assert_eq!(planned(&five, &five, [5, 3]).moves().len(), 0);
    let idle = planned(&five, &five, [3, 3]);
    assert_eq!((idle.moves().len(), idle.changed(), idle.bytes()), (0, 0, 0));
    assert_eq!(idle.most_received(), 0);
}

#[test]
fn a_heavier_node_takes_more_and_a_new_zone_gets_a_copy_of_everything() {
    let heavier: Vec<_> = (1..=5).map(|n| member(n, 0, if n == 3 { 2 } else { 1 })).collect();
    let plan = planned(&members(1..=5), &heavier, [1, 1]);
    let shares: BTreeMap<_, _> = plan
        .nodes()
        .iter()
        .map(|node| (node.member().id.to_string(), node.primaries.share))
        .collect();
    assert!((shares["n3"] - 1024.0 / 3.0).abs() < 1e-9, "{shares:?}");
    assert!(plan.moves().iter().all(|each| each.to.as_str() == "n3"));

    let two_zones: Vec<_> = (1..=6).map(|n| member(n, n % 2, 1)).collect();
    let three_zones: Vec<_> = (1..=6).map(|n| member(n, n % 3, 1)).collect();
    let plan = planned(&two_zones, &three_zones, [3, 3]);
    for partition in plan.target().partitions().iter() {
        let zone = |id: &NodeId| three_zones.iter().find(|m| m.id == *id).unwrap().zone.clone();
        let zones: BTreeSet<_> = plan.target().holders(partition).map(zone).collect();
        assert_eq!(zones.len(), 3, "{partition}");
    }
}

#[test]
fn the_time_is_that_of_the_node_that_receives_most() {
    let plan = planned(&members(1..=2), &members(1..=4), [1, 1]);
    let received = |to: &str| -> u64 {
        plan.moves().iter().filter(|each| each.to.as_str() == to).map(|each| each.bytes).sum()
    };
    let most = received("n3").max(received("n4"));
    assert_eq!(plan.most_received(), most);
}
