//! One node on the real store, whose clock is real.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ringway_replica::NodeNumber;
use tokio::sync::mpsc::unbounded_channel;

use super::nodes::settings;
use crate::membership::cluster::sample::{bootstrap, number};
use crate::membership::{Carried, Carrier, Consensus, NotCarried};
use crate::metrics::Registry;
use crate::store::{Durability, Store, StoreMetrics};

/// There is nobody.
struct Nowhere;

impl Carrier for Nowhere {
    fn ask(&self, _: NodeNumber, _: Bytes, _: Duration) -> Carried<'_> {
        Box::pin(async { Err(NotCarried::NotSent("there is nobody".to_owned())) })
    }
}

fn open(path: &Path) -> Store {
    let metrics = StoreMetrics::new(&Registry::new("n1").unwrap());
    // Other writes would reach the disk in an hour; what consensus keeps must do so at once.
    let durability = Durability::Interval(Duration::from_hours(1));
    let (report, _) = unbounded_channel();
    Store::open(path, "a test", durability, metrics, report).unwrap()
}

#[tokio::test]
async fn what_is_agreed_on_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let consensus = Consensus::open(number("n1"), &store, Arc::new(Nowhere)).await.unwrap();
    consensus.bootstrap(bootstrap("n1"), None).await.unwrap();
    let epoch = consensus.propose(settings(77)).await.unwrap();
    consensus.shut_down().await;
    drop((consensus, store));

    let store = open(directory.path());
    let consensus = Consensus::open(number("n1"), &store, Arc::new(Nowhere)).await.unwrap();
    let membership = consensus.membership().await;
    let mut present = membership.subscribe();
    present.wait_for(|cluster| cluster.epoch() >= epoch).await.unwrap();
    assert_eq!(membership.present().settings().grace_seconds, 77);
    assert_eq!(membership.propose(settings(78)).await, Ok(epoch.next()));
    consensus.shut_down().await;
}
