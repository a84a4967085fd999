//! What waits shares a commit, in its order, and is told of only after it.

use std::collections::BTreeSet;

use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::engine::Table;
use super::super::memory_engine::{Gatekeeper, MemoryEngine};
use super::super::{record_key, sample};
use super::*;
use crate::metrics::Registry;

struct Started {
    writer: GroupCommit,
    engine: Arc<MemoryEngine>,
    gate: Gatekeeper,
    failure: Arc<Failure>,
    completed: UnboundedReceiver<Vec<Completed>>,
    _directory: TempDir,
}

fn start() -> Started {
    start_with(Durability::Immediate)
}

fn start_with(durability: Durability) -> Started {
    let directory = tempfile::tempdir().unwrap();
    let blobs = Arc::new(Blobs::sweep(directory.path().into(), &BTreeSet::new()).unwrap());
    let (engine, gate) = MemoryEngine::gated();
    let engine = Arc::new(engine);
    let failure = Arc::new(Failure::none());
    let (sender, completed) = unbounded_channel();
    let writer = GroupCommit::start(Writer {
        engine: Arc::<MemoryEngine>::clone(&engine),
        blobs,
        durability,
        totals: Totals::default(),
        metrics: StoreMetrics::new(&Registry::new("n1").unwrap()),
        failure: Arc::clone(&failure),
        completed: sender,
    });
    Started { writer: writer.unwrap(), engine, gate, failure, completed, _directory: directory }
}

fn submit(started: &Started, ticket: u64) {
    let record = sample::value(ticket, ticket.to_string());
    started.writer.submit(sample::name(ticket), vec![sample::write("k", record)]);
}

#[test]
fn what_waits_shares_one_commit_in_its_order() {
    let mut started = start();
    submit(&started, 0);
    started.gate.begun.recv().unwrap();
    (1..=50).for_each(|ticket| submit(&started, ticket));
    assert!(started.completed.try_recv().is_err(), "nothing is told before the commit ends");
    started.gate.ends.send(Ok(())).unwrap();
    started.gate.ends.send(Ok(())).unwrap();
    let messages = sample::completed(&mut started.completed, 51);
    assert_eq!(messages.len(), 2);
    let names: Vec<_> = messages.concat().into_iter().map(|completed| completed.name).collect();
    assert_eq!(names, (0..=50).map(sample::name).collect::<Vec<_>>());
    let place = record_key::of(sample::partition("k"), "k");
    let stored = started.engine.get(Table::Records, &place).unwrap().unwrap();
    assert!(stored.ends_with(b"50"), "the last store wins");
    started.writer.close().unwrap();
}

#[test]
fn a_promise_is_on_the_disk_at_once_whatever_becomes_of_values() {
    let mut started = start_with(Durability::Interval(Duration::from_secs(1000)));
    submit(&started, 1);
    assert_eq!(started.gate.begun.recv(), Ok(Persist::Process));
    started.gate.ends.send(Ok(())).unwrap();
    let state = ringway_replica::PartitionState::NEW;
    let promise = Write::State { partition: sample::partition("k"), state };
    started.writer.submit(sample::name(2), vec![promise]);
    assert_eq!(started.gate.begun.recv(), Ok(Persist::Disk));
    started.gate.ends.send(Ok(())).unwrap();
    sample::completed(&mut started.completed, 2);
    started.writer.close().unwrap();
}

#[test]
fn a_store_of_nothing_is_told_of_without_a_commit() {
    let mut started = start();
    started.writer.submit(sample::name(1), Vec::new());
    let messages = sample::completed(&mut started.completed, 1);
    assert!(matches!(&messages[0][..], [Completed { stored: Ok(()), .. }]));
    started.writer.close().unwrap();
    assert!(started.gate.begun.try_recv().is_err());
}

#[test]
fn after_a_commit_that_fails_nothing_more_is_told_or_written() {
    let mut started = start();
    submit(&started, 1);
    started.gate.begun.recv().unwrap();
    assert!(!started.failure.is_set());
    started.gate.ends.send(Err("the disk is on fire")).unwrap();
    let failed = started.writer.close().unwrap_err();
    assert!(matches!(&*failed, StoreError::Commit(_)), "{failed}");
    assert!(started.failure.is_set());
    submit(&started, 2);
    assert!(started.completed.blocking_recv().is_none(), "the thread has ended, untold");
    assert!(started.gate.begun.try_recv().is_err());
}

#[test]
fn a_writer_that_panics_is_a_failure() {
    let started = start();
    drop(started.gate);
    let record = sample::value(1, "v");
    started.writer.submit(sample::name(1), vec![sample::write("k", record)]);
    let closed = catch_unwind(AssertUnwindSafe(|| started.writer.close()));
    assert!(closed.is_err());
    assert!(started.failure.is_set());
}
