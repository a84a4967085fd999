//! How many partitions each node should hold.
//!
//! Proportional to its weight, as far as that is possible: no node can hold a partition
//! twice, and no zone can hold more or fewer copies than [`Zones`] says. So shares are
//! found by water-filling: with a level `λ`, a node holds the fraction `min(1, weight·λ)`
//! of all partitions, and a zone the sum of these or the bound that it would exceed.
//! There is a `λ` at which all fractions together are the number of copies; and where a
//! zone is at a bound, a level of its own at which its nodes reach it.
//!
//! All of it in whole numbers, so that every platform finds the same shares.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::cluster::Cluster;
use super::zones::Zones;

/// A whole or fractional number of partitions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    numerator: u64,
    denominator: u64,
}

impl Share {
    /// For people.
    #[expect(clippy::cast_precision_loss, reason = "what is shown is rounded anyhow")]
    pub(crate) fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The most partitions that are not more than the share.
    pub(super) fn floor(self) -> u32 {
        // A share is at most the number of partitions, 65,536.
        u32::try_from(self.numerator / self.denominator).unwrap_or(u32::MAX)
    }

    /// The fewest partitions that are not fewer than the share.
    pub(super) fn ceil(self) -> u32 {
        u32::try_from(self.numerator.div_ceil(self.denominator)).unwrap_or(u32::MAX)
    }

    /// The fewest partitions that are within one of the share.
    pub(super) fn lowest(self) -> u32 {
        self.ceil().saturating_sub(1)
    }

    /// The most partitions that are within one of the share; never more than there are.
    pub(super) fn highest(self, partitions: u32) -> u32 {
        (self.floor() + 1).min(partitions)
    }

    /// What one partition adds to how full a node of this share is. Only for comparing:
    /// it is rounded, and small shares are cut off.
    pub(super) fn fill_of_one(self) -> u64 {
        const ONE: u128 = 1 << 32;
        let fill = ONE * u128::from(self.denominator) / u128::from(self.numerator.max(1));
        u64::try_from(fill).unwrap_or(u64::MAX).min(1 << 47)
    }
}

/// The replicas that each node should hold.
pub(super) fn replicas(cluster: &Cluster) -> Vec<Share> {
    let Cluster { zones, weights, .. } = cluster;
    let groups: Vec<Group> =
        (0..zones.count()).map(|zone| Group::new(zones, zone, weights)).collect();
    let level = common_level(&groups, cluster.copies as u64);
    let share = |node| {
        let group: &Group = &groups[zones.of(node)];
        let level = level.clamp(group.lowest_level, group.highest_level);
        let numerator = u64::from(weights[node.get()]) * level.numerator;
        let partitions = u64::from(cluster.partitions);
        if numerator >= level.denominator {
            Share { numerator: partitions, denominator: 1 }
        } else {
            Share { numerator: partitions * numerator, denominator: level.denominator }
        }
    };
    cluster.nodes().map(share).collect()
}

/// The partitions that each node should be the primary of: by weight alone.
pub(super) fn primaries(cluster: &Cluster) -> Vec<Share> {
    let partitions = u64::from(cluster.partitions);
    let denominator: u64 = cluster.weights.iter().copied().map(u64::from).sum();
    let share = |&weight: &u16| Share { numerator: partitions * u64::from(weight), denominator };
    cluster.weights.iter().map(share).collect()
}

/// A water level: the numerator is at most the number of copies, the denominator a sum
/// of weights. A denominator of 0 is a level above all others.
#[derive(Clone, Copy, Debug)]
struct Level {
    numerator: u64,
    denominator: u64,
}

impl Level {
    const ZERO: Self = Self { numerator: 0, denominator: 1 };
    const BRIM: Self = Self { numerator: 1, denominator: 0 };
}

impl Ord for Level {
    fn cmp(&self, other: &Self) -> Ordering {
        let [one, two] = [(self, other), (other, self)]
            .map(|(one, other)| u128::from(one.numerator) * u128::from(other.denominator));
        one.cmp(&two)
    }
}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Level {}

/// The nodes of a zone.
struct Group {
    /// Descending.
    weights: Vec<u64>,
    /// `sums[n]` is the weight of all but the `n` heaviest.
    sums: Vec<u64>,
    lowest: u64,
    highest: u64,
    /// Where the zone comes to hold more than its lowest number of copies.
    lowest_level: Level,
    /// Where it comes to hold its highest.
    highest_level: Level,
}

impl Group {
    fn new(zones: &Zones, zone: usize, weights: &[u16]) -> Self {
        let weight = |node: &crate::NodeIndex| u64::from(weights[node.get()]);
        let mut weights: Vec<u64> = zones.nodes(zone).iter().map(weight).collect();
        weights.sort_unstable_by(|one, other| other.cmp(one));
        let mut sums = vec![0; weights.len() + 1];
        for (place, weight) in weights.iter().enumerate().rev() {
            sums[place] = sums[place + 1] + weight;
        }
        let (lowest, highest) = (zones.lowest(zone) as u64, zones.highest(zone) as u64);
        let (lowest_level, highest_level) = (Level::ZERO, Level::BRIM);
        let mut group = Self { weights, sums, lowest, highest, lowest_level, highest_level };
        group.lowest_level = group.level_of(lowest);
        group.highest_level = group.level_of(highest);
        group
    }

    /// The level at which the fractions of the nodes sum up to `copies`.
    fn level_of(&self, copies: u64) -> Level {
        if copies >= self.weights.len() as u64 {
            return Level::BRIM;
        }
        // With the `full` heaviest nodes at 1, the others share the rest by weight. The
        // first `full` for which none of these exceeds 1 is the one.
        let rest = self.weights.iter().zip(&self.sums).zip(0..);
        let mut levels = rest.map(|((&weight, &sum), full)| {
            (weight, Level { numerator: copies.saturating_sub(full), denominator: sum })
        });
        let fits = |&(weight, level): &(u64, Level)| weight * level.numerator <= level.denominator;
        levels.find(fits).map_or(Level::BRIM, |(_, level)| level)
    }

    /// Just above `level` the zone holds `fixed + flowing·λ`.
    fn above(&self, level: Level) -> (u64, u64) {
        if level < self.lowest_level {
            return (self.lowest, 0);
        }
        if level >= self.highest_level {
            return (self.highest, 0);
        }
        let is_full = |&weight: &u64| weight * level.numerator >= level.denominator;
        let full = self.weights.partition_point(is_full);
        (full as u64, self.sums[full])
    }
}

/// The level at which all zones together hold `copies`.
fn common_level(groups: &[Group], copies: u64) -> Level {
    // What all zones hold is a growing function of the level, linear from each of these
    // to the next.
    let bends = |group: &Group| {
        let full = |&weight: &u64| Level { numerator: 1, denominator: weight };
        let mut bends: Vec<Level> = group.weights.iter().map(full).collect();
        bends.dedup();
        bends.extend([group.lowest_level, group.highest_level]);
        bends
    };
    let mut bends: Vec<Level> = groups.iter().flat_map(bends).collect();
    bends.push(Level::ZERO);
    bends.retain(|&bend| bend < Level::BRIM);
    bends.sort_unstable();
    let above = |level| {
        let sides = groups.iter().map(|group| group.above(level));
        sides.fold((0, 0), |(fixed, flowing), (f, w)| (fixed + f, flowing + w))
    };
    let holds_too_little = |&level: &Level| {
        let (fixed, flowing) = above(level);
        fixed * level.denominator + flowing * level.numerator <= copies * level.denominator
    };
    let bend = bends[bends.partition_point(holds_too_little).saturating_sub(1)];
    let (fixed, flowing) = above(bend);
    if flowing == 0 {
        return bend;
    }
    Level { numerator: copies - fixed, denominator: flowing }
}
