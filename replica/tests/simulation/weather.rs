//! What the faults of a moment amount to.

use ringway_replica::Wall;

use crate::faults::{Fault, Kind};

/// All faults of a scenario.
#[derive(Clone, Copy)]
pub(crate) struct Weather<'a>(pub &'a [Fault]);

impl Weather<'_> {
    fn active(&self, now: u64) -> impl Iterator<Item = &Fault> {
        self.0.iter().filter(move |fault| fault.is_active(now))
    }

    /// Whether some crash keeps `node` down.
    pub(crate) fn is_down(&self, node: usize, now: u64) -> bool {
        let is_of = |kind: &Kind| matches!(kind, Kind::Crash { node: down } if *down == node);
        self.active(now).any(|fault| is_of(&fault.kind))
    }

    pub(crate) fn paused_until(&self, node: usize, now: u64) -> Option<u64> {
        let is_of = |kind: &Kind| matches!(kind, Kind::Pause { node: paused } if *paused == node);
        let pauses = self.active(now).filter(|fault| is_of(&fault.kind));
        pauses.map(|fault| fault.until).max()
    }

    /// Whether `node` hears of no view.
    pub(crate) fn is_blind(&self, node: usize, now: u64) -> bool {
        let is_of = |kind: &Kind| matches!(kind, Kind::Blind { node: blind } if *blind == node);
        self.active(now).any(|fault| is_of(&fault.kind))
    }

    /// Whether the transport finds out that two nodes do not reach each other.
    pub(crate) fn is_cut_noticed(&self, from: usize, to: usize, now: u64) -> bool {
        self.active(now).any(|fault| match fault.kind {
            Kind::Cut { from: side, to: other, noticed: true } => {
                let cuts = |one: usize, two: usize| side >> one & 1 == 1 && other >> two & 1 == 1;
                cuts(from, to) || cuts(to, from)
            }
            _ => false,
        })
    }

    /// The time by the clock on the wall of `node`.
    pub(crate) fn wall(&self, node: usize, now: u64) -> Wall {
        let wrong_by = self.active(now).filter_map(|fault| match fault.kind {
            Kind::Clock { node: wrong, by_ms } if wrong == node => Some(by_ms),
            _ => None,
        });
        let right = Wall::new(1_000_000 + now);
        wrong_by.fold(right, |wall, by_ms| Wall::new(wall.get().saturating_add_signed(by_ms)))
    }
}
