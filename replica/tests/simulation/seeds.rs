//! Many seeds, and the replay of one.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::scenario::Scenario;
use crate::shrink::{Run, run, shrink};

/// How many seeds the ordinary test run tries.
const SEEDS: u64 = 15_100;

/// In how many of these holders change at least.
const MOVING: usize = 10_000;

/// How many threads share them.
const THREADS: u64 = 2;

/// How many lines of the story are told of a seed that was not asked for.
const EXCERPT: usize = 40;

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect(variable))
}

/// Every seed holds every invariant, gives linearizable histories, and settles.
#[test]
fn every_seed_holds() {
    let from = number("RINGWAY_SIM_FROM").unwrap_or(0);
    let until = from + number("RINGWAY_SIM_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(from);
    let failed = AtomicU64::new(u64::MAX);
    let share = || {
        let mut met = Run::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= until || failed.load(Ordering::Relaxed) != u64::MAX {
                return met;
            }
            match run(&Scenario::new(seed), None) {
                Ok(run) => met.add(&run),
                Err(_) => drop(failed.fetch_min(seed, Ordering::Relaxed)),
            }
        }
    };
    let mut met = Run::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(share)).collect();
        for thread in threads {
            met.add(&thread.join().unwrap());
        }
    });
    if failed.load(Ordering::Relaxed) != u64::MAX {
        let seed = failed.into_inner();
        explain(seed, false);
        panic!("seed {seed} failed once, and holds now: it is not the same in every run");
    }
    met_enough(&met, until - from);
}

/// A simulation in which nothing happens proves nothing.
fn met_enough(met: &Run, seeds: u64) {
    println!("{seeds} seeds met {met:?}");
    let undecided = met.undecided as u64;
    assert!(undecided * 1000 <= seeds, "{undecided} histories were too hard to check");
    if seeds < 1000 {
        return;
    }
    for outcome in
        ["found", "not found", "written", "deleted", "condition failed", "unknown", "not applied"]
    {
        let count = met.outcomes.get(outcome).map_or(0, |&(count, _)| count as u64);
        assert!(count >= seeds, "{outcome}: {count} times");
    }
    if seeds == SEEDS {
        assert!(met.moving >= MOVING, "holders change in {} seeds", met.moving);
    }
    assert!(met.disks_lost as u64 * 20 >= seeds, "{} disks lost", met.disks_lost);
    assert!(met.moves.iter().all(|&count| count as u64 * 10 >= seeds), "moves: {:?}", met.moves);
    assert!(met.handovers as u64 * 10 >= seeds, "{} handovers", met.handovers);
    assert!(met.copied * 10 >= seeds, "{} records copied", met.copied);
}

/// One seed with all that happens, for a person: the one that `RINGWAY_SIM_SEED` names.
#[test]
fn replay() {
    explain(number("RINGWAY_SIM_SEED").unwrap_or(0), number("RINGWAY_SIM_SEED").is_some());
}

/// Panics with the shortest story of what goes wrong with `seed`, if anything does.
fn explain(seed: u64, always: bool) {
    let scenario = Scenario::new(seed);
    let mut trace = Vec::new();
    let Err(violation) = run(&scenario, Some(&mut trace)) else {
        if always {
            println!("{}\nseed {seed} holds", trace.join("\n"));
        }
        return;
    };
    let (scenario, violation) = shrink(scenario, violation);
    let _ = run(&scenario, Some(&mut trace));
    let skipped = if always { 0 } else { trace.len().saturating_sub(EXCERPT) };
    let faults = scenario.faults.iter().map(|fault| format!("  {fault}"));
    let changes = scenario.changes.iter().map(|change| format!("  {change:?}"));
    let faults: Vec<String> = faults.chain(changes).collect();
    panic!(
        "{}\nseed {seed}, shrunk to {} clients with {} requests, {} keys, {} nodes, faults:\n{}\n\
         {violation}\nreplay: RINGWAY_SIM_SEED={seed} cargo test -p ringway-replica --test \
         simulation replay -- --nocapture",
        trace[skipped..].join("\n"),
        scenario.clients,
        scenario.requests,
        scenario.keys,
        scenario.nodes,
        faults.join("\n"),
    );
}
