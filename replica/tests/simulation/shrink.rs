//! Running a scenario, and making a failing one smaller.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::checker::{Verdict, check};
use crate::cluster::{Cluster, Node, Violation};
use crate::convergence;
use crate::scenario::Scenario;

/// What a run that held everything amounted to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    /// How many requests came to which end, and when last.
    pub outcomes: BTreeMap<&'static str, (usize, u64)>,
    /// Histories that were too hard to check.
    pub undecided: usize,
    pub handovers: usize,
    /// Moves begun, completed, cancelled.
    pub moves: [usize; 3],
    /// Runs in which a move began.
    pub moving: usize,
    /// Records that anti-entropy copied.
    pub copied: u64,
    /// Disks lost for good.
    pub disks_lost: usize,
    /// How many partitions each node leads in the end.
    pub led: Vec<usize>,
}

impl Run {
    /// Adds what `other` met.
    pub(crate) fn add(&mut self, other: &Self) {
        self.undecided += other.undecided;
        self.handovers += other.handovers;
        self.moves.iter_mut().zip(other.moves).for_each(|(sum, one)| *sum += one);
        self.moving += other.moving;
        self.copied += other.copied;
        self.disks_lost += other.disks_lost;
        for (outcome, (count, _)) in &other.outcomes {
            self.outcomes.entry(outcome).or_default().0 += count;
        }
    }
}

/// Runs `scenario` to its end; `trace` gets what happened.
pub(crate) fn run(scenario: &Scenario, trace: Option<&mut Vec<String>>) -> Result<Run, Violation> {
    let mut cluster = Cluster::new(scenario.clone(), trace.is_some());
    let outcome = catch_unwind(AssertUnwindSafe(|| run_to_the_end(&mut cluster)));
    if let (Some(trace), Some(traced)) = (trace, cluster.trace.take()) {
        *trace = traced;
    }
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

fn run_to_the_end(cluster: &mut Cluster) -> Result<Run, Violation> {
    cluster.run(cluster.scenario.busy_ms)?;
    let settled = convergence::settle(cluster);
    let led = |node: &Node| node.replica.as_ref().map_or(0, |replica| replica.status().led);
    let led = cluster.nodes.iter().map(led).collect();
    let copied = |node: &Node| node.replica.as_ref().map_or(0, |replica| replica.status().copied);
    let copied = cluster.nodes.iter().map(copied).sum();
    let (handovers, moves) = (cluster.handovers, cluster.topology.moves);
    let disks_lost = cluster.disks_lost;
    let moving = usize::from(moves[0] > 0);
    let mut run = Run { handovers, moves, moving, copied, disks_lost, led, ..Run::default() };
    for (key, history) in cluster.clients.histories.iter().enumerate() {
        match check(history) {
            Verdict::Linearizable => {}
            Verdict::Not => {
                return Err(format!("the history of key {key} is not linearizable:\n{history}"));
            }
            Verdict::Undecided => run.undecided += 1,
        }
    }
    cluster.clients.check_stale()?;
    settled?;
    run.outcomes.clone_from(&cluster.clients.outcomes);
    Ok(run)
}

/// The smallest scenario found that still fails, and how: fewer faults, clients, requests.
pub(crate) fn shrink(mut scenario: Scenario, mut violation: Violation) -> (Scenario, Violation) {
    let mut tries = 200;
    loop {
        let mut smaller = Vec::new();
        for index in 0..scenario.faults.len() {
            let mut without = scenario.clone();
            without.faults.remove(index);
            smaller.push(without);
        }
        for index in 0..scenario.changes.len() {
            let mut without = scenario.clone();
            without.changes.remove(index);
            smaller.push(without);
        }
        if scenario.handoff_bytes_per_second.is_some() {
            smaller.push(Scenario { handoff_bytes_per_second: None, ..scenario.clone() });
        }
        if scenario.late_views {
            smaller.push(Scenario { late_views: false, ..scenario.clone() });
        }
        if scenario.clients > 1 {
            smaller.push(Scenario { clients: scenario.clients - 1, ..scenario.clone() });
        }
        if scenario.keys > 1 {
            smaller.push(Scenario { keys: scenario.keys - 1, ..scenario.clone() });
        }
        if scenario.requests > 1 {
            smaller.push(Scenario { requests: scenario.requests / 2, ..scenario.clone() });
            smaller.push(Scenario { requests: scenario.requests - 1, ..scenario.clone() });
        }
        let found = smaller.into_iter().find_map(|one| {
            tries -= 1;
            (tries > 0).then(|| run(&one, None).err().map(|violation| (one, violation)))?
        });
        match found {
            Some((one, why)) => (scenario, violation) = (one, why),
            None => return (scenario, violation),
        }
    }
}
