//! Which faults one seed has. Each has a few kinds only, so that none hides what another would
//! show (Groce et al., *Swarm Testing*, 2012), and half of them begin about when the holders change.

use crate::change::Change;
use crate::faults::{Fault, Kind, NEVER};
use crate::random::Random;

/// Makes one kind of fault, among so many nodes.
type Maker = fn(&mut Random, usize) -> Kind;

const MAKERS: [Maker; 16] = [
    |random, nodes| Kind::Crash { node: any(random, nodes) },
    |random, nodes| Kind::Crash { node: any(random, nodes) },
    |random, nodes| Kind::Pause { node: any(random, nodes) },
    |random, nodes| Kind::Blind { node: any(random, nodes) },
    // Who leads at first.
    |_, _| Kind::Blind { node: 0 },
    |random, nodes| Kind::LostDisk { node: any(random, nodes) },
    |random, nodes| {
        // A few are among themselves.
        let side = random.between(1, everyone(nodes) - 1);
        cut(random, side, everyone(nodes) & !side)
    },
    |random, nodes| {
        let pair = 1 << any(random, nodes) | 1 << any(random, nodes);
        cut(random, pair, everyone(nodes) & !pair)
    },
    |random, nodes| {
        let (from, to) = (1 << any(random, nodes), 1 << any(random, nodes));
        cut(random, from, to)
    },
    |random, _| Kind::Loss { percent: random.between(1, 40) },
    |random, _| Kind::Duplication { percent: random.between(5, 60) },
    |random, _| Kind::Delay { percent: random.between(5, 100), ms: random.between(10, 200) },
    |random, _| Kind::SlowCopies { ms: random.between(20, 200) },
    |random, nodes| Kind::SlowDisk { node: any(random, nodes), ms: random.between(5, 150) },
    |random, nodes| Kind::FullDisk { node: any(random, nodes) },
    |random, nodes| {
        let by_ms = random.between(0, 4000).cast_signed() - 2000;
        Kind::Clock { node: any(random, nodes), by_ms }
    },
];

fn any(random: &mut Random, nodes: usize) -> usize {
    random.below(nodes as u64) as usize
}

fn everyone(nodes: usize) -> u64 {
    (1 << nodes) - 1
}

fn cut(random: &mut Random, from: u64, to: u64) -> Kind {
    Kind::Cut { from, to, noticed: random.percent(40) }
}

/// The kinds of one seed.
pub(crate) struct Swarm(Vec<Maker>);

impl Swarm {
    pub(crate) fn random(random: &mut Random) -> Self {
        let percent = *random.pick(&[0, 10, 25, 50]);
        let mut kinds: Vec<Maker> =
            MAKERS.into_iter().filter(|_| random.percent(percent)).collect();
        kinds.push(*random.pick(&MAKERS));
        Self(kinds)
    }

    /// A fault, somewhere in the first `duration` milliseconds.
    pub(crate) fn fault(
        &self,
        random: &mut Random,
        nodes: usize,
        changes: &[Change],
        duration: u64,
    ) -> Fault {
        let kind = random.pick(&self.0)(random, nodes);
        let from = if random.percent(50) {
            let about = random.pick(changes).at;
            (about + random.below(60)).saturating_sub(20).min(duration - 1)
        } else {
            random.below(duration)
        };
        let longest = *random.pick(&[60, 300, 600]);
        let length = random.between(5, longest);
        let until = match kind {
            Kind::LostDisk { .. } if random.percent(50) => NEVER,
            _ => (from + length).min(duration),
        };
        Fault { from, until, kind }
    }
}
