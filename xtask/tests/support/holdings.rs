//! Who holds what in a view, and how that differs from another.

use std::collections::{BTreeMap, BTreeSet};

use ringway_ring::{Partition, View};

/// The partitions that each node holds.
pub(crate) fn held(view: &View) -> BTreeMap<String, BTreeSet<Partition>> {
    let mut held: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for partition in view.assignment().partitions().iter() {
        for node in view.preference_list(partition) {
            held.entry(node.id.to_string()).or_default().insert(partition);
        }
    }
    held
}

/// How many vnodes `after` has that `before` had not.
pub(crate) fn moved(before: &View, after: &View) -> usize {
    let before = held(before);
    let new = |(id, held): (&String, &BTreeSet<Partition>)| {
        before.get(id).map_or(held.len(), |before| held.difference(before).count())
    };
    held(after).iter().map(new).sum()
}
