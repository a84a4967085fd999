//! What belongs to the handling of one event.

use alloc::vec::Vec;
use core::cell::RefCell;

use ringway_ring::{Key, Partition};

use crate::{Effect, Head, Now, Records};

/// What belongs to the handling of one event.
pub(crate) struct Step<'a> {
    pub(crate) now: Now,
    pub(crate) records: &'a dyn Records,
    pub(crate) effects: &'a mut Vec<Effect>,
    /// The last head that was read: an event mostly concerns one key, and asks more than once.
    read: RefCell<Option<(Partition, Key<'static>, Option<Head>)>>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(now: Now, records: &'a dyn Records, effects: &'a mut Vec<Effect>) -> Self {
        Self { now, records, effects, read: RefCell::default() }
    }

    /// What the stored record of `key` is.
    pub(crate) fn stored_head(&self, partition: Partition, key: &Key<'static>) -> Option<Head> {
        let mut read = self.read.borrow_mut();
        match &*read {
            Some((of, read, head)) if *of == partition && read == key => *head,
            _ => {
                let head = self.records.head(partition, key);
                *read = Some((partition, key.clone(), head));
                head
            }
        }
    }
}
