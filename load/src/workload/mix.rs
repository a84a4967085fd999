//! How often each operation comes.

use super::{Operation, Random};

/// How often each operation comes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mix(Vec<(Operation, f64)>);

impl Mix {
    /// In percent, 100 together.
    pub(crate) fn new(parts: &[(Operation, u8)]) -> Self {
        debug_assert_eq!(parts.iter().map(|(_, percent)| u32::from(*percent)).sum::<u32>(), 100);
        let mut sum = 0.0;
        let parts = parts.iter().map(|(operation, percent)| {
            sum += f64::from(*percent) / 100.0;
            (*operation, sum)
        });
        Self(parts.collect())
    }

    /// So many reads, else updates.
    pub(crate) fn reads(percent: u8) -> Self {
        let percent = percent.min(100);
        Self::new(&[(Operation::Read, percent), (Operation::Update, 100 - percent)])
    }

    pub(super) fn next(&self, random: &mut Random) -> Operation {
        let unit = random.unit();
        let chosen = self.0.iter().find(|(_, up_to)| unit < *up_to);
        chosen.or(self.0.last()).map_or(Operation::Read, |(operation, _)| *operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_comes_as_often_as_asked() {
        let mix = Mix::new(&[(Operation::Scan, 95), (Operation::Insert, 5)]);
        let mut random = Random::new(1, 0);
        let drawn = (0..100_000).filter(|_| mix.next(&mut random) == Operation::Insert).count();
        assert!((4_700..5_300).contains(&drawn), "{drawn}");
    }

    #[test]
    fn nothing_else_comes_where_all_is_reads_or_nothing_is() {
        let mut random = Random::new(1, 0);
        for (percent, only) in [(100, Operation::Read), (0, Operation::Update)] {
            let mix = Mix::reads(percent);
            assert!((0..10_000).all(|_| mix.next(&mut random) == only));
        }
    }
}
