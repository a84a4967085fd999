//! What an assignment must be, whatever was before.

use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

use super::Case;

/// How far a share computed in floating point may be off.
const ROUNDING: f64 = 1e-7;

/// The fewest and the most of something.
pub(super) type Bounds = (usize, usize);

/// Asserts that the copies spread as they should, that replicas are within one of the
/// shares, and that those who stay are in their old order.
pub(super) fn assert_valid(case: &Case) {
    let zones = zone_bounds(case);
    for (partition, list) in case.after.iter().enumerate() {
        assert_eq!(list.len(), case.copies, "partition {partition} has {list:?}");
        let mut distinct = list.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), list.len(), "partition {partition} has {list:?}");
        for (zone, &(lowest, highest)) in &zones {
            let copies = list.iter().filter(|&&node| zone_of(case, node) == *zone).count();
            assert!(
                (lowest..=highest).contains(&copies),
                "partition {partition} has {copies} copies in zone {zone}: {lowest}..={highest}"
            );
        }
        let before = &case.before[partition];
        let place = |node: &usize| before.iter().position(|&holder| holder == Some(*node));
        let behind: Vec<_> = list[1..].iter().map(|node| place(node).unwrap_or(9)).collect();
        assert!(behind.is_sorted(), "{before:?} became {list:?}");
    }
    let held = |node| case.after.iter().filter(|list| list.contains(&node)).count();
    for (node, (lowest, highest)) in replica_bounds(case).into_iter().enumerate() {
        let count = held(node);
        let within = (lowest..=highest).contains(&count);
        assert!(within, "node {node} has {count} replicas, not {lowest}..={highest}");
    }
}

/// By how much more than one primaries are off their shares.
pub(super) fn primary_slack(case: &Case) -> usize {
    let led = |node| case.after.iter().filter(|list| list[0] == node).count();
    let slack = |(node, (lowest, highest)): (usize, Bounds)| {
        let led = led(node);
        led.saturating_sub(highest).max(lowest.saturating_sub(led))
    };
    primary_bounds(case, 0).into_iter().enumerate().map(slack).max().unwrap_or_default()
}

/// The zone of `node`; one for all where each node has its own.
pub(super) fn zone_of(case: &Case, node: usize) -> usize {
    let mut distinct = case.zones.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() == case.nodes() { 0 } else { case.zones[node] }
}

/// By zone: how many copies of each partition it holds.
pub(super) fn zone_bounds(case: &Case) -> BTreeMap<usize, Bounds> {
    let mut sizes = BTreeMap::new();
    for node in 0..case.nodes() {
        *sizes.entry(zone_of(case, node)).or_insert(0) += 1;
    }
    let mut level = 1;
    while sizes.values().map(|&size: &usize| size.min(level)).sum::<usize>() < case.copies {
        level += 1;
    }
    sizes.into_iter().map(|(zone, size)| (zone, (size.min(level - 1), size.min(level)))).collect()
}

/// By node: the replicas that are within one of its share.
pub(super) fn replica_bounds(case: &Case) -> Vec<Bounds> {
    let zones = zone_bounds(case);
    let zone_of: Vec<_> = (0..case.nodes()).map(|node| zone_of(case, node)).collect();
    let fraction = |node: usize, level: f64| (f64::from(case.weights[node]) * level).min(1.0);
    let in_zone = |zone: usize, level: f64| -> f64 {
        let nodes = (0..case.nodes()).filter(|&node| zone_of[node] == zone);
        nodes.map(|node| fraction(node, level)).sum()
    };
    let clamped = |level: f64| -> f64 {
        let zone = |(&zone, &(low, high)): (&usize, &Bounds)| {
            in_zone(zone, level).clamp(low as f64, high as f64)
        };
        zones.iter().map(zone).sum()
    };
    let level = bisect(|level| clamped(level) >= case.copies as f64);
    let mut bounds = vec![(0, 0); case.nodes()];
    for (&zone, &(low, high)) in &zones {
        let (low, high) = (low as f64, high as f64);
        let level = if in_zone(zone, level) < low {
            bisect(|level| in_zone(zone, level) >= low)
        } else if in_zone(zone, level) > high {
            bisect(|level| in_zone(zone, level) >= high)
        } else {
            level
        };
        for node in (0..case.nodes()).filter(|&node| zone_of[node] == zone) {
            bounds[node] = within_one(fraction(node, level) * case.partitions() as f64);
            bounds[node].1 = bounds[node].1.min(case.partitions());
        }
    }
    bounds
}

/// By node: the primaries that are within one of its share, and `slack` more.
pub(super) fn primary_bounds(case: &Case, slack: usize) -> Vec<Bounds> {
    let sum: f64 = case.weights.iter().copied().map(f64::from).sum();
    let share = |&weight: &u16| f64::from(weight) / sum * case.partitions() as f64;
    let bounds = case.weights.iter().map(share).map(within_one);
    bounds.map(|(low, high)| (low.saturating_sub(slack), high + slack)).collect()
}

fn within_one(share: f64) -> Bounds {
    let lowest = (share - 1.0 - ROUNDING).ceil().max(0.0);
    let highest = (share + 1.0 + ROUNDING).floor();
    (lowest as usize, highest as usize)
}

/// The least level at which `is_enough`.
fn bisect(is_enough: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
