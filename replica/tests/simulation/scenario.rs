//! What one seed stands for.

use ringway_replica::{Config, Mutant};

use crate::faults::Fault;
use crate::random::Random;

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
    /// Whether the storage shows what is not durable yet.
    pub shows_unsynced: bool,
    /// Of a hundred requests, those that go to the primary, as an edge would send them.
    pub to_primary: u64,
    pub mutant: Option<Mutant>,
}

impl Scenario {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        if random.percent(30) {
            return Self::narrow(seed, &mut random);
        }
        let replicas = *random.pick(&[3, 3, 3, 3, 3, 5, 1]);
        let nodes = replicas + random.below(3) as usize;
        let faulty_ms = random.between(300, 1200);
        let count = random.between(0, 7);
        let faults = (0..count).map(|_| Fault::random(&mut random, nodes, faulty_ms)).collect();
        Self {
            seed,
            nodes,
            replicas,
            partitions: random.between(1, 2) as u16,
            keys: random.between(1, 3) as usize,
            clients: random.between(2, 6) as usize,
            requests: 40,
            busy_ms: faulty_ms + random.between(50, 300),
            faults,
            shows_unsynced: random.percent(50),
            to_primary: *random.pick(&[100, 80, 50, 0]),
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
            shows_unsynced: random.percent(50),
            to_primary: *random.pick(&[50, 20, 0]),
            mutant: None,
        }
    }

    /// Waits that are short against the faults, so that a second is a long time.
    pub(crate) fn config() -> Config {
        Config {
            retry_ms: 30,
            patience_ms: 80,
            backoff_ms: 10,
            handover_ms: 150,
            anti_entropy_ms: 60,
            sweep_ms: 60,
            disk_pause_ms: 100,
            requests: 64,
            unsynced: 256,
            unsynced_bytes: 512,
            sessions: 2,
            batch: 4,
            batch_bytes: 8,
            graves: 8,
        }
    }
}
