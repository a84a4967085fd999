//! Other ways to put keys on nodes, each as its authors describe it.

use super::Owner;
use crate::random::mix;

fn hash(node: usize, seed: u64) -> u64 {
    mix(mix(node as u64) ^ mix(seed << 32))
}

/// Points on a circle (Karger et al., 1997), as Envoy's `ring_hash` and ketama have them.
pub(super) fn ring_hash(nodes: &[usize]) -> Owner {
    const VNODES: u64 = 160;
    let points = |&node: &usize| (0..VNODES).map(move |vnode| (hash(node, vnode), node));
    let mut ring: Vec<(u64, usize)> = nodes.iter().flat_map(points).collect();
    ring.sort_unstable();
    Box::new(move |position| {
        let next = ring.partition_point(|&(point, _)| point < position);
        ring.get(next).or(ring.first()).map_or(usize::MAX, |&(_, node)| node)
    })
}

/// A table that nodes fill in turns, each in an order of its own (Eisenbud et al., 2016).
pub(super) fn maglev(nodes: &[usize]) -> Owner {
    const ENTRIES: u64 = 65_537;
    let mut table: Vec<Option<usize>> = (0..ENTRIES).map(|_| None).collect();
    let mut orders: Vec<_> = nodes
        .iter()
        .map(|&node| {
            let (offset, skip) = (hash(node, 1) % ENTRIES, hash(node, 2) % (ENTRIES - 1) + 1);
            let entry = move |turn| usize::try_from((offset + turn * skip) % ENTRIES);
            (node, (0..ENTRIES).filter_map(move |turn| entry(turn).ok()))
        })
        .collect();
    let mut vacant = table.len();
    while vacant > 0 {
        for (node, order) in &mut orders {
            let entry = order.find(|&entry| table.get(entry).is_some_and(Option::is_none));
            if let Some(entry) = entry.and_then(|entry| table.get_mut(entry)) {
                *entry = Some(*node);
                vacant -= 1;
            }
        }
    }
    Box::new(move |position| {
        let entry = usize::try_from(position % ENTRIES).unwrap_or(usize::MAX);
        table.get(entry).copied().flatten().unwrap_or(usize::MAX)
    })
}

/// A bucket by number (Lamping and Veach, 2014). A bucket in the middle can't be taken
/// away: where a node leaves, the last one takes its number.
pub(super) fn jump(nodes: &[usize]) -> Owner {
    let mut buckets: Vec<usize> = nodes.to_vec();
    let gap = nodes.iter().enumerate().find(|&(place, &node)| place != node);
    if let Some((place, _)) = gap
        && let Some(last) = buckets.pop()
    {
        buckets.insert(place, last);
    }
    Box::new(move |position| {
        let (mut bucket, mut next, mut key) = (0, 0, position);
        while next < buckets.len() as u64 {
            bucket = next;
            key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
            // As in the paper, but in whole numbers: (bucket + 1) · 2^31 / (key / 2^33 + 1).
            next = ((bucket + 1) << 31) / ((key >> 33) + 1);
        }
        let bucket = usize::try_from(bucket).unwrap_or(usize::MAX);
        buckets.get(bucket).copied().unwrap_or(usize::MAX)
    })
}

/// The node whose hash with the key is the highest (Thaler and Ravishankar, 1998).
pub(super) fn rendezvous(nodes: &[usize]) -> Owner {
    let nodes: Vec<(u64, usize)> = nodes.iter().map(|&node| (hash(node, 0), node)).collect();
    Box::new(move |position| {
        let highest = nodes.iter().max_by_key(|(hash, _)| mix(hash ^ position));
        highest.map_or(usize::MAX, |&(_, node)| node)
    })
}
