//! Counting what was there before the replica was.

use alloc::collections::BTreeMap;

use crate::digest::Counting;
use crate::replica::Replica;
use crate::step::Step;

impl Replica {
    /// Counts some of the records that were there at the start.
    pub(crate) fn count_stored(&mut self, step: &mut Step<'_>) {
        if self.anti_entropy.all_counted {
            return;
        }
        let mut left = self.config.batch;
        let mut all_counted = true;
        for (partition, vnode) in self.vnodes.iter_mut() {
            if !vnode.is_member() {
                all_counted = false;
                continue;
            }
            let Counting::Upto { key: after, .. } = &vnode.counting else { continue };
            let page = step.records.scan(partition, after.as_ref(), left);
            let complete = page.len() < left;
            left -= page.len();
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
            match last {
                Some(last) => *upto = Some(last),
                None => vnode.counting = Counting::Done(*digest),
            }
            if left == 0 {
                return;
            }
        }
        self.anti_entropy.all_counted = all_counted;
    }
}
