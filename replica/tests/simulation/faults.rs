//! What goes wrong: a small algebra. A fault is an effect and the time for which it lasts;
//! several may overlap, and each alone can be left out when a failing seed is shrunk.

use std::fmt;

use ringway_replica::Message;

use crate::random::Random;

/// A fault, and from when until when.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub from: u64,
    pub until: u64,
    pub kind: Kind,
}

/// What goes wrong. Nodes are numbered from 0.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// The node is down. What was not synced is lost, but for a part of it that ends
    /// anywhere, also within a record.
    Crash { node: usize },
    /// The node does nothing and loses nothing (SIGSTOP).
    Pause { node: usize },
    /// Nothing gets from the first nodes to the second (a set of bits each); `noticed` if the
    /// transport finds out.
    Cut { from: u64, to: u64, noticed: bool },
    /// So many percent of all messages are lost.
    Loss { percent: u64 },
    /// So many percent of all messages come twice, the second up to a second later.
    Duplication { percent: u64 },
    /// So many percent of all messages take up to so much longer, and are overtaken.
    Delay { percent: u64, ms: u64 },
    /// The disk takes up to so much longer.
    SlowDisk { node: usize, ms: u64 },
    /// The disk refuses to store.
    FullDisk { node: usize },
    /// The wall clock is wrong by so much.
    Clock { node: usize, by_ms: i64 },
    /// The node hears of no view, and gets none if it asks: who tells of views can't reach it.
    Blind { node: usize },
    /// What copies are made of takes up to so much longer.
    SlowCopies { ms: u64 },
    /// The disk is lost for good, and the node with it. In the end another comes to its place,
    /// with nothing and under a name of its own; if there is an end.
    LostDisk { node: usize },
}

/// When a fault ends that never does.
pub(crate) const NEVER: u64 = u64::MAX;

/// Whether `message` is one of those by which records are copied.
pub(crate) fn is_copy(message: &Message) -> bool {
    use Message::{List, Listed, Pull, Pulled};
    matches!(message, List { .. } | Listed { .. } | Pull { .. } | Pulled { .. })
}

impl Fault {
    pub(crate) fn is_active(&self, now: u64) -> bool {
        (self.from..self.until).contains(&now)
    }

    /// Any fault, somewhere in the first `duration` milliseconds.
    pub(crate) fn random(random: &mut Random, nodes: usize, duration: u64) -> Self {
        let node = random.below(nodes as u64) as usize;
        let from = random.below(duration);
        let length =
            if random.percent(50) { random.between(1, 60) } else { random.between(60, 600) };
        let everyone = (1_u64 << nodes) - 1;
        let kind = match random.below(16) {
            0..=2 => Kind::Crash { node },
            3 => Kind::Pause { node },
            4..=5 => {
                let side = random.between(1, (everyone - 1).max(1));
                Kind::Cut { from: side, to: everyone & !side, noticed: random.percent(50) }
            }
            6..=7 => {
                let noticed = random.percent(30);
                Kind::Cut { from: 1 << node, to: everyone & !(1 << node), noticed }
            }
            8 => Kind::Cut { from: everyone & !(1 << node), to: 1 << node, noticed: false },
            9 => Kind::Loss { percent: random.between(1, 40) },
            10 => Kind::Duplication { percent: random.between(5, 60) },
            11 => Kind::Delay { percent: random.between(5, 100), ms: random.between(10, 200) },
            12 => Kind::SlowDisk { node, ms: random.between(5, 150) },
            13 => Kind::FullDisk { node },
            _ => {
                let by_ms = random.between(0, 4000).cast_signed() - 2000;
                Kind::Clock { node, by_ms }
            }
        };
        Self { from, until: (from + length).min(duration), kind }
    }
}

impl Fault {
    /// One after which two nodes differ about the time, or that makes another node lead.
    pub(crate) fn of_clocks(random: &mut Random, nodes: usize, duration: u64) -> Self {
        let brief = Self::brief(random, nodes, duration);
        if random.percent(40) {
            return brief;
        }
        let node = random.below(nodes as u64) as usize;
        let by_ms = random.between(0, 600).cast_signed() - 300;
        Self { until: brief.until + 100, kind: Kind::Clock { node, by_ms }, ..brief }
    }

    /// One that makes another node lead, and is soon over.
    pub(crate) fn brief(random: &mut Random, nodes: usize, duration: u64) -> Self {
        let node = random.below(nodes as u64) as usize;
        let from = random.below(duration);
        let others = ((1_u64 << nodes) - 1) & !(1 << node);
        let noticed = random.percent(70);
        let kind = match random.below(10) {
            0..=3 => Kind::Crash { node },
            4 => Kind::Pause { node },
            5..=6 => Kind::Cut { from: 1 << node, to: others, noticed },
            7 => Kind::Cut { from: others, to: 1 << node, noticed },
            8 => Kind::Delay { percent: 20, ms: random.between(10, 100) },
            _ => {
                let by_ms = random.between(0, 4000).cast_signed() - 2000;
                Kind::Clock { node, by_ms }
            }
        };
        Self { from, until: (from + random.between(5, 120)).min(duration), kind }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = if self.until == NEVER { String::new() } else { self.until.to_string() };
        write!(out, "{:>5}..{until:<5} {:?}", self.from, self.kind)
    }
}
