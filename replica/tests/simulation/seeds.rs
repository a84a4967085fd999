//! Many seeds, and the replay of one.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::scenario::Scenario;
use crate::shrink::{run, shrink};

/// How many seeds the ordinary test run tries.
const SEEDS: u64 = 10_000;

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
    let first_failure = AtomicU64::new(u64::MAX);
    let undecided = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= until || first_failure.load(Ordering::Relaxed) != u64::MAX {
                        return;
                    }
                    match run(&Scenario::new(seed), None) {
                        Ok(run) => {
                            undecided.fetch_add(run.undecided as u64, Ordering::Relaxed);
                        }
                        Err(_) => {
                            first_failure.fetch_min(seed, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let failed = first_failure.into_inner();
    if failed != u64::MAX {
        explain(failed, false);
    }
    let undecided = undecided.into_inner();
    assert!(undecided * 1000 <= until - from, "{undecided} histories too hard to check");
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
    let faults: Vec<String> = scenario.faults.iter().map(|fault| format!("  {fault}")).collect();
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
