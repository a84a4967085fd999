//! `GET /kv?prefix=&limit=&after=`: what it asks for, what answers it, and how the answer
//! is put together from what the nodes hold.
//!
//! Each node tells, in the order of the keys, all that it holds: values, expired values and
//! tombstones, of all its partitions. Of each key the record with the highest `accepted` is
//! the right one, if a majority of the key's holders was heard: an acknowledged write is
//! stored by a majority, and two majorities meet. So a page is made of any answers that
//! hold a majority of every partition, and at replication factor 3 any one node may be
//! missing.
//!
//! A listing promises less than a read, because nobody stops while it is made: a key whose
//! write was acknowledged before the listing began is shown, unless it was deleted or has
//! expired. What is written or deleted meanwhile, and what a write of unknown outcome left,
//! may be shown or not.

mod holder_sets;
mod key_merge;
mod key_source;
mod lister;
mod page;

pub(crate) use self::holder_sets::HolderSets;
pub(crate) use self::key_source::KeySource;
pub(crate) use self::lister::Lister;
pub(crate) use self::lister::ListingError;
pub(crate) use self::page::{ListQuery, Listed, Page};

#[cfg(test)]
mod listing_test;
