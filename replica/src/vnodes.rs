//! The vnodes of a replica, and which of them time may bring something to do.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::vnode::Vnode;

/// A replica holds thousands of vnodes, of which a handful have anything under way. A tick
/// that looked at each would cost an idle node more than all else it does. So whatever is
/// changed is remembered, until it is found at rest.
#[derive(Debug, Default)]
pub(crate) struct Vnodes {
    all: BTreeMap<Partition, Vnode>,
    /// Every vnode that is not at rest, and some that are.
    stirred: BTreeSet<Partition>,
}

impl Vnodes {
    pub(crate) fn get(&self, partition: Partition) -> Option<&Vnode> {
        self.all.get(&partition)
    }

    pub(crate) fn get_mut(&mut self, partition: Partition) -> Option<&mut Vnode> {
        let vnode = self.all.get_mut(&partition)?;
        self.stirred.insert(partition);
        Some(vnode)
    }

    pub(crate) fn insert(&mut self, partition: Partition, vnode: Vnode) {
        self.stirred.insert(partition);
        self.all.insert(partition, vnode);
    }

    pub(crate) fn remove(&mut self, partition: Partition) {
        self.stirred.remove(&partition);
        self.all.remove(&partition);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Partition, &Vnode)> {
        self.all.iter()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Partition> {
        self.all.keys()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Vnode> {
        self.all.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Partition, &mut Vnode)> {
        self.stirred.extend(self.all.keys());
        self.all.iter_mut()
    }

    /// All that are not at rest.
    pub(crate) fn stirred(&mut self) -> Vec<Partition> {
        let Self { all, stirred } = self;
        stirred.retain(|partition| all.get(partition).is_some_and(|vnode| !vnode.is_at_rest()));
        stirred.iter().copied().collect()
    }
}
