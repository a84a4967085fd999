//! Listings against a plain map, with nodes that hold old things or don't answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use ringway_replica::{Ballot, NodeNumber, Version, Wall};
use ringway_ring::{Epoch, Key, PartitionCount, ReplicationFactor, View, ViewNode};

use super::*;
use crate::peering::node_number;
use crate::peers::{AskError, KeyHead, KeysPage, KeysQuery, PeerKey};
use crate::view_watch::PublishedView;

const NOW: Wall = Wall::new(1000);

/// What each node holds, and who does not answer.
struct Cluster {
    published: Arc<PublishedView>,
    held: BTreeMap<NodeNumber, BTreeMap<String, PeerKey>>,
    down: BTreeSet<NodeNumber>,
}

impl KeySource for Cluster {
    async fn keys_of(
        &self,
        holder: NodeNumber,
        epoch: Epoch,
        query: KeysQuery,
    ) -> Result<KeysPage, AskError> {
        assert_eq!(epoch, self.published.view.epoch());
        if self.down.contains(&holder) {
            return Err(AskError::Unreachable);
        }
        let limit = usize::from(query.limit);
        let held = self.held.get(&holder).into_iter().flatten();
        let asked = held.filter(|(key, _)| key.starts_with(&query.prefix) && **key > query.after);
        let keys: Vec<_> = asked.map(|(_, held)| held.clone()).take(limit).collect();
        Ok(KeysPage { is_last: keys.len() < limit, keys })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Live,
    Expired,
    Deleted,
}

/// A change that was acknowledged: every holder has it but perhaps one.
#[derive(Clone, Debug)]
struct Change {
    key: String,
    what: What,
    missed_by: usize,
}

fn change() -> impl Strategy<Value = Change> {
    let what = prop_oneof![Just(What::Live), Just(What::Expired), Just(What::Deleted)];
    ("[ab/]{1,3}", what, 0..4_usize).prop_map(|(key, what, missed_by)| Change {
        key,
        what,
        missed_by,
    })
}

fn version(sequence: u64) -> Version {
    Version { ballot: Ballot::BOTTOM, sequence }
}

impl Cluster {
    fn new(copies: ReplicationFactor) -> Self {
        let node = |number: u16| {
            let address = format!("127.0.0.1:{number}").parse().unwrap();
            ViewNode::new(format!("n{number}").parse().unwrap(), address)
        };
        let nodes = (1..=5).map(node).collect();
        let view = View::create(Epoch::FIRST, PartitionCount::MIN, copies, nodes).unwrap();
        let published = Arc::new(PublishedView::new(view));
        Self { published, held: BTreeMap::new(), down: BTreeSet::new() }
    }

    /// Those of `changes`, one after the other.
    fn after(changes: &[Change]) -> Self {
        let mut cluster = Self::new(ReplicationFactor::DEFAULT);
        for (number, Change { key, what, missed_by }) in (1..).zip(changes) {
            // The client's version says nothing of the order: here it even falls.
            let written = version(1000 - number);
            let expires = (*what == What::Expired).then_some(NOW);
            let head = (*what != What::Deleted).then_some(KeyHead { written, bytes: 1, expires });
            let stored = PeerKey { key: key.clone(), accepted: version(number), head };
            let view = &cluster.published.view;
            let partition = view.partition(Key::new(key).unwrap().position());
            let holders = view.preference_list(partition).enumerate();
            for (_, holder) in holders.filter(|(place, _)| place != missed_by) {
                let of_holder = cluster.held.entry(node_number(&holder.id)).or_default();
                of_holder.insert(key.clone(), stored.clone());
            }
        }
        cluster
    }

    fn take_down(&mut self, places: &[usize]) {
        let nodes = self.published.view.nodes();
        self.down = places.iter().map(|&place| node_number(&nodes[place].id)).collect();
    }

    /// All pages of `limit` keys, in a row.
    async fn list(self, prefix: &str, limit: u16) -> Result<Vec<String>, ListingError> {
        let (published, source) = (Arc::clone(&self.published), Arc::new(self));
        let (mut shown, mut after) = (Vec::new(), String::new());
        loop {
            let lister = Lister::new(Arc::clone(&source), Arc::clone(&published));
            let query = ListQuery { prefix: prefix.to_owned(), after, limit };
            let page = lister.page(query, NOW).await?;
            assert!(page.keys.len() <= usize::from(limit));
            shown.extend(page.keys.into_iter().map(|listed| listed.key));
            match page.next {
                None => return Ok(shown),
                Some(next) => after = next,
            }
        }
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

proptest! {
    #[test]
    fn a_listing_shows_what_is_acknowledged_whoever_is_missing(
        changes in prop::collection::vec(change(), 0..60),
        prefix in "[ab/]{0,1}",
        limit in 1..6_u16,
        down in prop::option::of(0..5_usize),
    ) {
        let mut last = BTreeMap::new();
        for Change { key, what, .. } in &changes {
            last.insert(key.clone(), *what);
        }
        last.retain(|key, what| *what == What::Live && key.starts_with(&prefix));
        let mut cluster = Cluster::after(&changes);
        cluster.take_down(down.as_slice());
        let listed = block_on(cluster.list(&prefix, limit)).unwrap();
        prop_assert_eq!(listed, last.into_keys().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_listing_without_a_majority_is_refused_and_names_who_is_missing() {
    let mut cluster = Cluster::new(ReplicationFactor::DEFAULT);
    cluster.take_down(&[1, 3]);
    let refusal = cluster.list("", 9).await.unwrap_err().to_string();
    assert!(refusal.contains("(n2: it can't be reached; n4: it can't be reached)"), "{refusal}");
    let mut single = Cluster::new(ReplicationFactor::ONE);
    assert!(single.published.holder_sets().have_majority(&numbers(&single, &[0, 1, 2, 3, 4])));
    single.take_down(&[0]);
    assert!(single.list("", 9).await.is_err(), "a single copy has no substitute");
}

#[test]
fn majorities_are_counted_for_every_partition() {
    let cluster = Cluster::new(ReplicationFactor::DEFAULT);
    let view = &cluster.published.view;
    for places in (0..32_usize).map(|mask| (0..5).filter(move |place| mask >> place & 1 == 1)) {
        let heard = numbers(&cluster, &places.collect::<Vec<_>>());
        let is_majority = |partition| {
            let holders = view.preference_list(partition).map(|node| node_number(&node.id));
            holders.filter(|holder| heard.contains(holder)).count() >= 2
        };
        let expected = view.assignment().partitions().iter().all(is_majority);
        assert_eq!(cluster.published.holder_sets().have_majority(&heard), expected, "{heard:?}");
    }
}

fn numbers(cluster: &Cluster, places: &[usize]) -> BTreeSet<NodeNumber> {
    let nodes = cluster.published.view.nodes();
    places.iter().map(|&place| node_number(&nodes[place].id)).collect()
}

#[tokio::test]
async fn a_long_run_of_tombstones_makes_a_short_page_that_says_where_to_go_on() {
    let change = |number: usize, what| Change { key: format!("k{number:03}"), what, missed_by: 3 };
    let mut changes: Vec<_> = (0..200).map(|number| change(number, What::Deleted)).collect();
    changes.push(change(999, What::Live));
    let cluster = Arc::new(Cluster::after(&changes));
    let lister = Lister::new(Arc::clone(&cluster), Arc::clone(&cluster.published));
    let query = ListQuery { prefix: String::new(), after: String::new(), limit: 1 };
    let page = lister.page(query, NOW).await.unwrap();
    assert!(page.keys.is_empty() && page.next.is_some(), "{page:?}");
    let cluster = Cluster::after(&changes);
    assert_eq!(cluster.list("", 1).await.unwrap(), ["k999"]);
}
