//! Ringway's own side: exact counts, and where it puts a key.

use ringway_ring::{Assignment, NodeId, PartitionCount, ReplicationFactor, claim};

use super::Owner;
use crate::bench::Figure;
use crate::bench::nodes::{id, members};

const NODES: usize = 100;

/// Replicas and primaries against their shares, and moves against the fewest possible.
pub(super) fn promises() -> Vec<Figure> {
    let unassigned = Assignment::unassigned(PartitionCount::DEFAULT);
    let factor = ReplicationFactor::DEFAULT;
    let present = claim(&unassigned, &members(0..NODES), factor);
    let joined = claim(&present, &members(0..=NODES), factor);
    let left = claim(&joined, &members((0..=NODES).filter(|&node| node != 7)), factor);
    let copies = usize::from(factor.get());
    let what = format!("{NODES} nodes × 4096 × RF 3");
    let worst = |length| {
        let worst = [&present, &joined, &left].map(|assignment| off_share(assignment, length));
        worst.into_iter().fold(0.0, f64::max)
    };
    let off = |name: &str, length| {
        let name = format!("balance, {what}: {name} off their share");
        Figure::at_most(name, worst(length), 1.0, "partitions")
    };
    vec![
        off("replicas", copies),
        off("primaries", 1),
        moved(format!("moved, {what}, one joins"), &present, &joined),
        moved(format!("moved, {what}, one leaves"), &joined, &left),
    ]
}

/// How far the node that is furthest from its share is from it, when the first `length`
/// of each list count.
fn off_share(assignment: &Assignment, length: usize) -> f64 {
    let entries = f64::from(assignment.partitions().get()) * length as f64;
    let share = entries / assignment.nodes().len() as f64;
    counts(assignment, length)
        .into_iter()
        .map(|count| (f64::from(count) - share).abs())
        .fold(0.0, f64::max)
}

fn counts(assignment: &Assignment, length: usize) -> Vec<u32> {
    let mut counts = vec![0; assignment.nodes().len()];
    for node in assignment.lists().flat_map(|list| list.iter().take(length)) {
        if let Some(count) = counts.get_mut(node.get()) {
            *count += 1;
        }
    }
    counts
}

/// The vnodes that moved, against the fewest: what leaves with a node must go somewhere,
/// and nobody may have more than one below its share.
fn moved(name: String, before: &Assignment, after: &Assignment) -> Figure {
    let held = |partition, id| {
        let list = before.list(partition).iter();
        list.filter_map(|node| before.nodes().get(node.get())).any(|holder| holder == id)
    };
    let lists = after
        .partitions()
        .iter()
        .flat_map(|partition| after.list(partition).iter().map(move |node| (partition, node)));
    let moved = lists
        .filter(|(partition, node)| {
            after.nodes().get(node.get()).is_some_and(|id| !held(*partition, id))
        })
        .count();
    let length = after.list_length();
    let total = after.partitions().get() as usize * length;
    // The most that are still less than one below, and the fewest less than one above.
    let (lowest, highest) =
        (total.div_ceil(after.nodes().len()) - 1, total / after.nodes().len() + 1);
    let had = |id| {
        let index = before.nodes().binary_search(id).ok();
        index.and_then(|index| counts(before, length).get(index).copied()).unwrap_or(0) as usize
    };
    let lacking: usize = after.nodes().iter().map(|id| lowest.saturating_sub(had(id))).sum();
    let kept: usize = after.nodes().iter().map(|id| had(id).min(highest)).sum();
    let fewest = lacking.max(total - kept);
    Figure::checked(name, format!("{moved} vnodes"), format!("optimum {fewest}"), moved == fewest)
}

/// The first node of each list, with lists of one.
pub(super) fn scheme(nodes: &[usize]) -> Owner {
    let mut assignment = Assignment::unassigned(PartitionCount::DEFAULT);
    // The nodes that were there, then these: a ring is what became of it.
    for nodes in [&(0..super::NODES).collect::<Vec<_>>(), nodes] {
        assignment = claim(&assignment, &members(nodes.iter().copied()), ReplicationFactor::ONE);
    }
    let number = |name: &NodeId| nodes.iter().copied().find(|&node| id(node) == *name);
    let numbers: Vec<_> = assignment.nodes().iter().map(number).collect();
    let lists = assignment.lists().flatten();
    let owners: Vec<_> = lists
        .map(|node| numbers.get(node.get()).copied().flatten().unwrap_or(usize::MAX))
        .collect();
    let mask = u64::from(assignment.partitions().get() - 1);
    Box::new(move |position| {
        let partition = usize::try_from(position & mask).unwrap_or(usize::MAX);
        owners.get(partition).copied().unwrap_or(usize::MAX)
    })
}
