//! How far a change is.

use std::collections::BTreeMap;

use ringway_ring::{ChangeProgress, Partition};

use super::sample::{arrive, begin, change, cluster_of, newcomer, next_to_begin, step};
use super::{Cluster, Command, SettingsChange};
use crate::peering::node_number;

/// A cluster of three to which a fourth is on its way.
fn under_way() -> Cluster {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    cluster
}

/// As many bytes in each partition as its number says.
fn count(cluster: &Cluster) -> Command {
    let bytes = cluster.partitions().iter().map(|it| (it, u64::from(it.get()))).collect();
    Command::Count { change: cluster.to_count().unwrap(), bytes }
}

/// What n4 still gets of that.
fn left(cluster: &Cluster) -> u64 {
    let n4 = node_number(&newcomer("n4").id);
    let lists = &cluster.target().unwrap().lists;
    let its = lists.iter().filter(|(_, list)| list.contains(&n4));
    its.map(|(partition, _)| u64::from(partition.get())).sum()
}

#[test]
fn a_change_tells_how_far_it_is() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    assert_eq!(cluster.progress(), None, "nothing is on its way");
    cluster = under_way();
    let lists = cluster.partitions_left() as u64;
    let uncounted = ChangeProgress {
        partitions: lists,
        partitions_left: lists,
        bytes: None,
        bytes_left: None,
        seconds_left: None,
    };
    assert_eq!(cluster.progress(), Some(uncounted));

    cluster.apply(count(&cluster)).unwrap();
    let bytes = left(&cluster);
    assert!(bytes > 0);
    let counted = ChangeProgress {
        bytes: Some(bytes),
        bytes_left: Some(bytes),
        seconds_left: Some(lists.div_ceil(32) * 2),
        ..uncounted
    };
    assert_eq!(cluster.progress(), Some(counted));

    step(&mut cluster);
    cluster.apply(begin(next_to_begin(&cluster))).unwrap();
    let further = ChangeProgress {
        partitions_left: lists - 32,
        bytes_left: Some(left(&cluster)),
        seconds_left: Some((lists - 32).div_ceil(32) * 2),
        ..counted
    };
    assert_eq!(cluster.progress(), Some(further), "what moves has not arrived");
    assert_eq!(cluster.view().change(), Some(further), "edges are told the same");

    arrive(&mut cluster);
    assert_eq!(cluster.progress(), None);
}

#[test]
fn the_limit_decides_how_long_the_rest_takes() {
    let mut cluster = under_way();
    cluster.apply(count(&cluster)).unwrap();
    let rate = Some(std::num::NonZeroU64::new(10));
    let limit = SettingsChange { handoff_bytes_per_second: rate, ..SettingsChange::default() };
    cluster.apply(Command::Settings(limit)).unwrap();
    let seconds = left(&cluster).div_ceil(10);
    assert_eq!(cluster.progress().unwrap().seconds_left, Some(seconds));
}

#[test]
fn what_is_counted_is_this_change_and_once() {
    let mut cluster = under_way();
    let (before, this) = (cluster.clone(), count(&cluster));
    let Command::Count { change, .. } = this else { panic!("{this:?}") };
    let nothing = |change| Command::Count { change, bytes: BTreeMap::new() };
    cluster.apply(nothing(change.next())).unwrap();
    assert_eq!(cluster, before, "of another change");

    cluster.apply(this).unwrap();
    let counted = cluster.clone();
    cluster.apply(nothing(change)).unwrap();
    assert_eq!(cluster, counted, "a second time");

    cluster.apply(Command::Cancel).unwrap();
    cluster.apply(self::change(&["n4"], &["n1"])).unwrap();
    cluster.apply(nothing(change)).unwrap();
    assert!(cluster.to_count().is_some(), "the one before was counted, and this one was not");
}

#[test]
fn a_partition_of_which_nobody_told_counts_for_nothing() {
    let mut cluster = under_way();
    let n4 = node_number(&newcomer("n4").id);
    let lists = &cluster.target().unwrap().lists;
    let (&known, _) = lists.iter().find(|(_, list)| list.contains(&n4)).unwrap();
    let unchanged = Partition::new(1023);
    let bytes = BTreeMap::from([(known, 7), (unchanged, 0)]);
    cluster.apply(Command::Count { change: cluster.to_count().unwrap(), bytes }).unwrap();
    assert_eq!(cluster.progress().unwrap().bytes, Some(7));
}
