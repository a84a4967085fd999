//! The vnodes of a replica, and which of them time may bring something to do.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::vnode::Vnode;

/// A replica holds thousands of vnodes, of which a handful have anything under way. A tick
/// that looked at each would cost an idle node more than all else it does. So whatever is
/// changed is remembered, until it is found at rest.
///
/// Each event looks its vnode up several times, and neighbouring events are of different
/// vnodes: a table by number costs a cache miss where a tree costs one for each level.
#[derive(Debug, Default)]
pub(crate) struct Vnodes {
    /// By the number of the partition.
    slots: Vec<Option<Box<Slot>>>,
    /// Every vnode that is not at rest, and some that are, in no order.
    stirred: Vec<Partition>,
}

#[derive(Debug)]
struct Slot {
    vnode: Vnode,
    /// Whether it is among those that are stirred.
    is_stirred: bool,
}

impl Vnodes {
    pub(crate) fn get(&self, partition: Partition) -> Option<&Vnode> {
        let slot = self.slots.get(usize::from(partition.get()))?.as_ref()?;
        Some(&slot.vnode)
    }

    pub(crate) fn get_mut(&mut self, partition: Partition) -> Option<&mut Vnode> {
        let Self { slots, stirred } = self;
        let slot = slots.get_mut(usize::from(partition.get()))?.as_mut()?;
        Some(slot.stir(partition, stirred))
    }

    pub(crate) fn insert(&mut self, partition: Partition, vnode: Vnode) {
        let number = usize::from(partition.get());
        if self.slots.len() <= number {
            self.slots.resize_with(number + 1, || None);
        }
        let Self { slots, stirred } = self;
        let Some(place) = slots.get_mut(number) else { return };
        let is_stirred = place.as_ref().is_some_and(|before| before.is_stirred);
        place.insert(Box::new(Slot { vnode, is_stirred })).stir(partition, stirred);
    }

    pub(crate) fn remove(&mut self, partition: Partition) {
        if let Some(place) = self.slots.get_mut(usize::from(partition.get())) {
            *place = None;
            self.stirred.retain(|&stirred| stirred != partition);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Partition, &Vnode)> {
        self.iter_after(None)
    }

    /// Those of the partitions after `after`.
    pub(crate) fn iter_after(
        &self,
        after: Option<Partition>,
    ) -> impl Iterator<Item = (Partition, &Vnode)> {
        let first = after.map_or(0, |after| usize::from(after.get()) + 1);
        numbered(self.slots.iter()).skip(first).filter_map(|(partition, slot)| {
            let slot = slot.as_ref()?;
            Some((partition, &slot.vnode))
        })
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Vnode> {
        self.iter().map(|(_, vnode)| vnode)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Partition, &mut Vnode)> {
        let Self { slots, stirred } = self;
        numbered(slots.iter_mut()).filter_map(|(partition, slot)| {
            let slot = slot.as_mut()?;
            Some((partition, slot.stir(partition, stirred)))
        })
    }

    /// All that are not at rest, in the order of their numbers.
    pub(crate) fn stirred(&mut self) -> Vec<Partition> {
        let Self { slots, stirred } = self;
        stirred.retain(|partition| {
            let slot = slots.get_mut(usize::from(partition.get())).and_then(Option::as_mut);
            slot.is_some_and(|slot| {
                slot.is_stirred = !slot.vnode.is_at_rest();
                slot.is_stirred
            })
        });
        stirred.sort_unstable();
        stirred.clone()
    }
}

impl Slot {
    fn stir(&mut self, partition: Partition, stirred: &mut Vec<Partition>) -> &mut Vnode {
        if !self.is_stirred {
            self.is_stirred = true;
            stirred.push(partition);
        }
        &mut self.vnode
    }
}

fn numbered<T>(slots: impl Iterator<Item = T>) -> impl Iterator<Item = (Partition, T)> {
    (0..=u16::MAX).map(Partition::new).zip(slots)
}
