//! The claim against its specification, written a second time and plainly.

#![allow(
    clippy::cast_precision_loss,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "a test, though Clippy does not see it behind `all(test, …)`"
)]

mod history;
mod optimum;
mod small;
mod spec;

use std::vec::Vec;

/// A claim's input and output, in the plainest terms.
#[derive(Debug)]
struct Case {
    copies: usize,
    /// By node.
    zones: Vec<usize>,
    /// By node.
    weights: Vec<u16>,
    /// By partition; nobody where the holder has left.
    before: Vec<Vec<Option<usize>>>,
    /// By partition.
    after: Vec<Vec<usize>>,
}

impl Case {
    fn nodes(&self) -> usize {
        self.weights.len()
    }

    fn partitions(&self) -> usize {
        self.after.len()
    }

    fn held(&self, partition: usize, node: usize) -> bool {
        self.before[partition].contains(&Some(node))
    }

    fn moves(&self) -> usize {
        let lists = self.after.iter().enumerate();
        lists
            .flat_map(|(p, list)| list.iter().map(move |&node| (p, node)))
            .filter(|&(p, node)| !self.held(p, node))
            .count()
    }

    /// The primary that partition had, if it still holds it.
    fn old_primary(&self, partition: usize) -> Option<usize> {
        let primary = self.before[partition].first().copied().flatten();
        primary.filter(|node| self.after[partition].contains(node))
    }

    fn primary_changes(&self) -> usize {
        let changed = |&p: &usize| self.old_primary(p).is_some_and(|old| old != self.after[p][0]);
        (0..self.partitions()).filter(changed).count()
    }
}
