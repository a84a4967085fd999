//! Chosen stories: what must not only be safe but good.

use std::collections::BTreeMap;

use ringway_replica::Mutant;
use ringway_ring::Partition;

use crate::change::{Change, ChangeKind};
use crate::cluster::Cluster;
use crate::faults::{Fault, Kind};
use crate::scenario::Scenario;
use crate::shrink::{Run, run};

fn calm(seed: u64) -> Scenario {
    Scenario { faults: vec![], late_views: false, ..Scenario::new(seed) }
}

/// What a story of `seed` amounted to, if everything held. A story is the same in every run, so the
/// command that replays it is that of its test.
fn held(seed: u64, told: Result<Run, String>) -> Run {
    told.unwrap_or_else(|violation| {
        panic!(
            "seed {seed}: {violation}\nreplay: cargo test -p ringway-replica --test simulation {} \
             -- --nocapture",
            std::thread::current().name().unwrap_or("scenarios"),
        )
    })
}

/// When all nodes have found each other, in milliseconds.
const CONNECTED_MS: u64 = 60;

/// Without faults every request comes to an end that its client can rely on.
#[test]
fn a_calm_cluster_refuses_nothing_and_knows_everything() {
    for seed in 0..1500 {
        let run = held(seed, run(&calm(seed), None));
        for outcome in ["unknown", "not applied"] {
            let last = run.outcomes.get(outcome).map_or(0, |&(_, last)| last);
            assert!(last <= CONNECTED_MS, "seed {seed}: {outcome} at {last}");
        }
    }
}

/// The primary of the first partition is killed and restarts, under load and without other
/// faults. Once it is back and everyone has noticed, no outcome is unknown any more, though
/// leadership goes back to it.
pub(crate) fn primary_restarts(seed: u64, mutant: Option<Mutant>) -> Result<Run, String> {
    let faults = vec![Fault { from: 60, until: 160, kind: Kind::Crash { node: 0 } }];
    let scenario = Scenario {
        faults,
        nodes: 3,
        replicas: 3,
        partitions: 1,
        clients: 6,
        changes: vec![],
        busy_ms: 1000,
        to_primary: 50,
        mutant,
        ..Scenario::new(seed)
    };
    let run = run(&scenario, None)?;
    match run.outcomes.get("unknown") {
        Some((_, last)) if *last > 250 => {
            Err(format!("an outcome is unknown after the primary was back, at {last}"))
        }
        _ => Ok(run),
    }
}

/// The primary dies under load. Whoever asks another node has an answer as soon as the death
/// is noticed, which takes up to 30 ms here, and a few round trips have passed: nobody waits
/// for an election or a lease to end.
#[test]
fn another_holder_leads_as_soon_as_it_is_asked() {
    let mut gaps: Vec<u64> = (0..200).map(gap_after_death).collect();
    gaps.sort_unstable();
    assert!(gaps[100] <= 60, "the median gap between two writes: {} ms", gaps[100]);
    assert!(gaps[199] <= 150, "the longest gap between two writes: {} ms", gaps[199]);
}

/// The time from the primary's death to the next write.
fn gap_after_death(seed: u64) -> u64 {
    let faults = vec![Fault { from: 200, until: 400, kind: Kind::Crash { node: 0 } }];
    let (nodes, replicas, clients, busy_ms) = (3, 3, 12, 600);
    let scenario = Scenario {
        faults,
        nodes,
        replicas,
        clients,
        changes: vec![],
        partitions: 1,
        busy_ms,
        to_primary: 0,
        ..Scenario::new(seed)
    };
    let mut cluster = Cluster::new(scenario, false);
    cluster.run(200).unwrap();
    while cluster.clients.outcomes["written"].1 <= 200 {
        let until = cluster.now + 1;
        cluster.run(until).unwrap();
    }
    cluster.now - 200
}

/// A holder that hangs costs the others nothing: a majority does without it.
#[test]
fn a_paused_holder_slows_nobody_down() {
    for seed in 0..100 {
        let scenario = |faults| Scenario {
            faults,
            nodes: 3,
            replicas: 3,
            partitions: 1,
            changes: vec![],
            to_primary: 100,
            busy_ms: 800,
            ..Scenario::new(seed)
        };
        let pause = Fault { from: 0, until: 700, kind: Kind::Pause { node: 2 } };
        let paused = held(seed, run(&scenario(vec![pause]), None)).outcomes;
        let calm = held(seed, run(&scenario(vec![]), None)).outcomes;
        let done = |outcomes: &BTreeMap<&str, (usize, u64)>| {
            outcomes.values().map(|&(_, last)| last).max()
        };
        assert_eq!(paused.get("unknown"), None, "seed {seed}");
        assert_eq!(paused.get("not applied"), None, "seed {seed}");
        assert!(done(&paused) <= done(&calm).map(|last| last * 3 / 2), "seed {seed}");
    }
}

#[test]
fn leadership_goes_back_to_the_primary_without_an_unknown_outcome() {
    let mut handovers = 0;
    for seed in 0..300 {
        let run = held(seed, primary_restarts(seed, None));
        assert_eq!(run.led, [1, 0, 0], "seed {seed}: the primary leads, and nobody else");
        handovers += run.handovers;
    }
    assert!(handovers >= 200, "mostly because it was handed to it: {handovers}");
}

/// A partition moves under load to holders of which most are new, and slow, and then back to
/// one.
fn moves_to_slow_disks(seed: u64) -> Result<Run, String> {
    let slow = |node| Fault { from: 0, until: 900, kind: Kind::SlowDisk { node, ms: 6 } };
    let partition = Partition::new(0);
    let change =
        |at, to: &[usize]| Change { at, partition, kind: ChangeKind::Move { to: to.to_vec() } };
    let scenario = Scenario {
        faults: vec![slow(3), slow(4)],
        nodes: 5,
        replicas: 3,
        partitions: 1,
        clients: 6,
        changes: vec![change(100, &[2, 3, 4]), change(500, &[0])],
        late_views: false,
        busy_ms: 1000,
        handoff_bytes_per_second: None,
        ..Scenario::moving(seed)
    };
    run(&scenario, None)
}

#[test]
fn a_partition_moves_without_a_failed_request() {
    for seed in 0..100 {
        let run = held(seed, moves_to_slow_disks(seed));
        assert_eq!(run.moves, [2, 2, 0], "seed {seed}");
        assert_eq!(run.led, [1, 0, 0, 0, 0], "seed {seed}: the new primary leads");
        for outcome in ["unknown", "not applied"] {
            let last = run.outcomes.get(outcome).map_or(0, |&(_, last)| last);
            assert!(last <= CONNECTED_MS, "seed {seed}: {outcome} at {last}");
        }
    }
}
