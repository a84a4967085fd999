//! Relaxing many arcs of one cost at once.

use alloc::vec::Vec;

use crate::claim::flow::{Search, Vertex};

/// Who was reached in one go, within one search.
///
/// The arcs from any cell to the nodes of its zone that don't hold the partition all
/// cost 1. Once one cell's have been relaxed, another cell that is no nearer can improve
/// only on the few nodes that the first one had to leave out. So a search looks at all
/// nodes of a zone once for each distance, not once for each cell. The same holds for
/// partitions and their empty zones.
#[derive(Default)]
pub(super) struct Sweep {
    /// Of which search the rest is.
    search: u32,
    /// How near the vertex was.
    raw_distance: i32,
    missed: Vec<usize>,
}

impl Sweep {
    /// What was left out; or nothing, where there was no sweep from as near as `vertex`.
    pub(super) fn missed(&self, search: &Search, vertex: Vertex) -> Option<&[usize]> {
        let is_near = self.raw_distance <= search.raw_distance(vertex);
        (self.search == search.number() && is_near).then_some(&self.missed)
    }

    /// Notes a sweep from `vertex` that leaves `missed` out.
    pub(super) fn note(
        &mut self,
        search: &Search,
        vertex: Vertex,
        missed: impl Iterator<Item = usize>,
    ) {
        self.search = search.number();
        self.raw_distance = search.raw_distance(vertex);
        self.missed.clear();
        self.missed.extend(missed);
    }
}
