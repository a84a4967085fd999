//! Looking for what will have to go: tombstones of earlier leaders, and expired values.

use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::leadership::Grave;
use crate::replica::Replica;
use crate::request::{Origin, Request};
use crate::step::Step;
use crate::{Instant, Operation};

/// How long housekeeping is patient with one key.
const TIMEOUT_MS: u64 = 10_000;

impl Replica {
    /// One step of the sweep in each partition that has something to find.
    pub(crate) fn sweep(&mut self, step: &mut Step<'_>) {
        let now = step.now.instant;
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now.after(self.config.sweep_ms);
        let with_garbage = self.vnodes.iter().filter(|(_, vnode)| {
            vnode.counting.done().is_some_and(crate::digest::Digest::has_garbage)
        });
        for partition in with_garbage.map(|(partition, _)| partition).collect::<Vec<_>>() {
            let Some(vnode) = self.vnodes.get_mut(partition) else { continue };
            if vnode.leading().is_some() {
                self.sweep_partition(partition, step);
            } else if vnode.leadership.is_none() && self.should_lead(partition, now) {
                self.prepare(partition, step);
            }
        }
    }

    /// Whether nobody else will clean up: this node leads by all it knows, or should, and takes
    /// nothing out of the hands of a leader of before that is finishing.
    fn should_lead(&self, partition: Partition, now: Instant) -> bool {
        let Some(vnode) = self.vnodes.get(partition) else { return false };
        let entitled = vnode.group.primary() == Some(self.me) || vnode.hint.node == self.me;
        let is_free = self.finishing(partition, now).is_none();
        let leads = self.believed_leader(partition, now) == self.me;
        entitled && is_free && leads && self.may_lead(partition, now)
    }

    fn sweep_partition(&mut self, partition: Partition, step: &mut Step<'_>) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        if leadership.draining.is_some() {
            return;
        }
        let (ballot, limit) = (leadership.ballot, self.config.batch);
        let after = leadership.swept.take();
        let page = step.records.scan(partition, after.as_ref(), limit);
        if page.len() == limit {
            leadership.swept = page.last().map(|(key, _)| key.clone());
        }
        for (key, _) in page {
            // A tombstone is short, a value perhaps not.
            let Some(head) = self.head(partition, &key, step) else { continue };
            let tombstone = head.is_tombstone.then(|| self.record(partition, &key, step)).flatten();
            let Some(vnode) = self.vnodes.get_mut(partition) else { return };
            let Some(leadership) = vnode.leading() else { return };
            if leadership.lanes.contains_key(&key) {
                continue;
            }
            let version = head.accepted;
            if let Some(record) = tombstone.filter(|_| version.ballot == ballot) {
                if leadership.graves.len() < self.config.graves {
                    leadership.graves.entry(version).or_insert_with(|| Grave {
                        key,
                        record,
                        acks: vec![],
                        purged: vec![],
                        floor: None,
                        sent: Instant::default(),
                    });
                    // Its own copy is durable, or will be before the purge reaches the disk.
                    self.acked(partition, version, self.me, step);
                }
            } else if head.is_tombstone || head.is_expired(step.now.wall) {
                let deadline = step.now.instant.after(TIMEOUT_MS);
                let (origin, operation) = (Origin::Housekeeping, Operation::Settle);
                self.serve(Request { origin, partition, key, operation, deadline, hops: 0 }, step);
            }
        }
    }
}
