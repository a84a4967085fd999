//! Answering those who compare and copy.

use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition};

use crate::digest::bucket_of;
use crate::disk::Deferred;
use crate::replica::Replica;
use crate::step::Step;
use crate::{Message, NodeNumber, Token};

impl Replica {
    /// Tells which digests differ from the own ones.
    pub(crate) fn on_compare(
        &mut self,
        from: NodeNumber,
        token: Token,
        digests: Vec<(Partition, Epoch, u64)>,
        step: &mut Step<'_>,
    ) {
        let differing = digests.into_iter().filter_map(|(partition, configuration, root)| {
            let vnode = self.vnodes.get(partition);
            let vnode = vnode.filter(|_| self.serves(partition, configuration));
            let digest = vnode.and_then(|vnode| vnode.counting.done());
            let equal = digest.is_some_and(|digest| digest.root() == root);
            (!equal).then(|| (partition, digest.map(crate::digest::Digest::buckets)))
        });
        let buckets = differing.collect();
        self.send(from, Message::Differs { token, buckets }, step);
    }

    /// Whether copies of `partition` may be made here under `configuration`: it is the present
    /// one, and nothing of an earlier one is accepted any more.
    pub(crate) fn serves(&self, partition: Partition, configuration: Epoch) -> bool {
        self.vnodes.get(partition).is_some_and(|vnode| {
            let is_fenced = vnode.is_fenced() || self.trusts_unfenced();
            vnode.is_member() && vnode.group.configuration == configuration && is_fenced
        })
    }

    /// Lists a page of the keys in some buckets. What is not durable yet is not there yet.
    pub(crate) fn on_list(
        &mut self,
        from: NodeNumber,
        token: Token,
        partition: Partition,
        buckets: u16,
        after: Option<&Key<'static>>,
        step: &mut Step<'_>,
    ) {
        let limit = self.config.batch;
        let page = step.records.scan(partition, after, limit);
        let next = (page.len() == limit).then(|| page.last().map(|(key, _)| key.clone()));
        let wanted = page.into_iter().filter(|(key, _)| buckets >> bucket_of(key) & 1 == 1);
        let versions = wanted.map(|(key, head)| (key, head.accepted)).collect();
        self.send(from, Message::Listed { token, versions, next: next.flatten() }, step);
    }

    /// Sends copies of some records, once they are durable; of as many as a message may hold.
    pub(crate) fn on_pull(
        &mut self,
        from: NodeNumber,
        token: Token,
        partition: Partition,
        keys: Vec<Key<'static>>,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        let until = keys.iter().filter_map(|key| vnode.until(key)).max();
        let (mut records, mut bytes) = (Vec::new(), 0);
        for key in keys.into_iter().take(self.config.batch) {
            let Some(record) = self.record(partition, &key, step) else { continue };
            bytes += record.value_bytes();
            if bytes > self.config.batch_bytes && !records.is_empty() {
                break;
            }
            records.push((key, record));
        }
        let message = Message::Pulled { token, records };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }
}
