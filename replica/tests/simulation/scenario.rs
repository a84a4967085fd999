//! What one seed stands for.

use ringway_replica::{Config, Mutant};

use crate::change::Change;
use crate::config::quick;
use crate::faults::{Fault, Kind};
use crate::random::Random;
use crate::swarm::Swarm;

/// Everything that happens to a cluster, but for the order that its own randomness gives.
/// Made from a seed, then perhaps made smaller.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub seed: u64,
    pub nodes: usize,
    pub replicas: usize,
    pub partitions: u16,
    pub keys: usize,
    pub clients: usize,
    /// How many requests each client makes at most.
    pub requests: usize,
    /// When the clients end, in milliseconds; the faults end before.
    pub busy_ms: u64,
    pub faults: Vec<Fault>,
    /// What becomes of the holders meanwhile.
    pub changes: Vec<Change>,
    /// Whether views get lost, and take long. They overtake each other anyway.
    pub late_views: bool,
    /// Whether the storage shows what is not durable yet.
    pub shows_unsynced: bool,
    /// Of a hundred requests, those that go to the primary, as an edge would send them.
    pub to_primary: u64,
    /// How fast what moves may be copied.
    pub handoff_bytes_per_second: Option<u64>,
    pub mutant: Option<Mutant>,
}

/// Of so many seeds one changes no holders.
const STILL: u64 = 3;

impl Scenario {
    pub(crate) fn new(seed: u64) -> Self {
        if Self::is_still(seed) { Self::still(seed) } else { Self::moving(seed) }
    }

    pub(crate) fn is_still(seed: u64) -> bool {
        seed % STILL == STILL - 1
    }

    /// Everyone holds what they hold.
    pub(crate) fn still(seed: u64) -> Self {
        let mut random = Random::new(seed);
        if random.percent(30) {
            return Self::narrow(seed, &mut random);
        }
        let replicas = *random.pick(&[3, 3, 3, 3, 3, 5, 1]);
        let nodes = replicas + random.below(3) as usize;
        let faulty_ms = random.between(300, 1200);
        let count = random.between(0, 7);
        let faults = (0..count).map(|_| Fault::random(&mut random, nodes, faulty_ms)).collect();
        let partitions = random.between(1, 2) as u16;
        Self {
            seed,
            nodes,
            replicas,
            partitions,
            changes: vec![],
            late_views: false,
            keys: random.between(1, 3) as usize,
            clients: random.between(2, 6) as usize,
            requests: 40,
            busy_ms: faulty_ms + random.between(50, 300),
            faults,
            shows_unsynced: random.percent(50),
            to_primary: *random.pick(&[100, 80, 50, 0]),
            handoff_bytes_per_second: None,
            mutant: None,
        }
    }

    /// Holders come and go while links are cut, nodes crash, disks are lost and clocks jump.
    pub(crate) fn moving(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let nodes = *random.pick(&[3, 4, 5, 5, 5, 6]);
        let replicas = *random.pick(&[3, 3, 3, 2, 1]);
        let faulty_ms = random.between(400, 1500);
        let partitions = *random.pick(&[1, 1, 2]);
        let changes = Change::several(random, nodes, replicas, partitions, faulty_ms);
        let kinds = [Fault::random, Fault::brief, Fault::of_clocks];
        let swarm = random.percent(60).then(|| Swarm::random(random));
        let fault = |random: &mut Random| match &swarm {
            Some(swarm) => swarm.fault(random, nodes, &changes, faulty_ms),
            None => random.pick(&kinds)(random, nodes, faulty_ms),
        };
        let faults = (0..random.between(0, 9)).map(|_| fault(random)).collect();
        Self {
            seed,
            nodes,
            replicas,
            partitions,
            keys: random.between(1, 3) as usize,
            clients: random.between(2, 5) as usize,
            requests: 40,
            busy_ms: faulty_ms + random.between(120, 300),
            faults,
            changes,
            late_views: random.percent(60),
            shows_unsynced: random.percent(50),
            to_primary: *random.pick(&[100, 80, 50, 0]),
            handoff_bytes_per_second: *random.pick(&[None, None, None, Some(50), Some(400)]),
            mutant: None,
        }
    }

    /// Leaders of one key that follow each other so fast that each finds what several before
    /// it have left unfinished.
    fn narrow(seed: u64, random: &mut Random) -> Self {
        let faulty_ms = random.between(400, 1200);
        let count = random.between(6, 16);
        let fault = *random.pick(&[Fault::brief, Fault::brief, Fault::brief, Fault::of_clocks]);
        let faults = (0..count).map(|_| fault(random, 3, faulty_ms)).collect();
        Self {
            seed,
            nodes: 3,
            replicas: 3,
            partitions: 1,
            keys: 1,
            clients: random.between(3, 6) as usize,
            requests: 40,
            busy_ms: faulty_ms + random.between(50, 300),
            faults,
            changes: vec![],
            late_views: false,
            shows_unsynced: random.percent(50),
            to_primary: *random.pick(&[50, 20, 0]),
            handoff_bytes_per_second: None,
            mutant: None,
        }
    }

    pub(crate) fn config(&self) -> Config {
        Config { handoff_bytes_per_second: self.handoff_bytes_per_second, ..quick() }
    }

    /// Whether anybody has to see to it that holders change.
    pub(crate) fn is_coordinated(&self) -> bool {
        let is_loss = |fault: &Fault| matches!(fault.kind, Kind::LostDisk { .. });
        !self.changes.is_empty() || self.faults.iter().any(is_loss)
    }
}
