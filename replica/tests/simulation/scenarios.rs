//! Chosen stories: what must not only be safe but good.

use ringway_replica::Mutant;

use crate::faults::{Fault, Kind};
use crate::scenario::Scenario;
use crate::shrink::{Run, run};

fn calm(seed: u64) -> Scenario {
    Scenario { faults: vec![], ..Scenario::new(seed) }
}

/// Without faults every request comes to an end that its client can rely on.
#[test]
fn a_calm_cluster_refuses_nothing_and_knows_everything() {
    for seed in 0..300 {
        let run = run(&calm(seed), None).unwrap();
        assert_eq!(run.outcomes.get("unknown"), None, "seed {seed}");
        assert_eq!(run.outcomes.get("not applied"), None, "seed {seed}");
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
        clients: 6,
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

#[test]
fn leadership_goes_back_to_the_primary_without_an_unknown_outcome() {
    let mut handovers = 0;
    for seed in 0..300 {
        handovers += primary_restarts(seed, None).unwrap().handovers;
    }
    assert!(handovers >= 300, "each primary that was away leads again: {handovers}");
}
