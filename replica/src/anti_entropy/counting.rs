//! Counting what was there before the replica was.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::digest::Counting;
use crate::replica::Replica;
use crate::step::Step;

impl Replica {
    /// Counts some of the records that were there at the start.
    pub(crate) fn count_stored(&mut self, step: &mut Step<'_>) {
        let mut left = self.config.batch;
        let uncounted: Vec<Partition> = self.anti_entropy.uncounted.iter().copied().collect();
        for partition in uncounted {
            // What is being cleared is counted if this node holds it again before it is.
            let vnode = self.vnodes.get_mut(partition).filter(|vnode| vnode.is_member());
            let Some(vnode) = vnode else { continue };
            let Counting::Upto { key: after, .. } = &vnode.counting else { continue };
            let page = step.records.scan(partition, after.as_ref(), left);
            let complete = page.len() < left;
            // To look takes its time also where nothing is found.
            left -= page.len().max(1);
            for (key, _) in &page {
                self.known.insert(key.position());
            }
            let last = page.last().map(|(key, _)| key.clone()).filter(|_| !complete);
            let mut durable: BTreeMap<_, _> =
                page.into_iter().map(|(key, head)| (key, Some(head))).collect();
            // What is under way is counted when it is durable; here only what it replaces.
            durable.extend(vnode.durable_under_way(after.as_ref(), last.as_ref()));
            let Counting::Upto { key: upto, digest } = &mut vnode.counting else { continue };
            for (key, durable) in durable {
                digest.replace(&key, None, durable.as_ref());
            }
            if let Some(last) = last {
                *upto = Some(last);
            } else {
                vnode.counting = Counting::Done(*digest);
                self.anti_entropy.counted(partition);
            }
            if left == 0 {
                return;
            }
        }
    }
}
