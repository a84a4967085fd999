//! What was written last is read most.

use super::Random;
use super::zipfian::Zipfian;

/// YCSB's: the rank of a key is how many were added after it.
#[derive(Clone, Debug)]
pub(super) struct Latest(Zipfian);

impl Latest {
    pub(super) fn new(items: u64) -> Self {
        Self(Zipfian::new(items))
    }

    /// One of `items`, the newest of which has the highest number.
    pub(super) fn next(&mut self, items: u64, random: &mut Random) -> u64 {
        self.0.grow_to(items);
        let age = self.0.next(random);
        items.saturating_sub(1).saturating_sub(age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_most_likely_also_after_more_have_come() {
        let (mut latest, mut random) = (Latest::new(100), Random::new(5, 0));
        for items in [100, 150] {
            let mut counts = vec![0_u32; 150];
            for _ in 0..100_000 {
                counts[usize::try_from(latest.next(items, &mut random)).unwrap()] += 1;
            }
            let most = (0..150).max_by_key(|&key| counts[key]).unwrap();
            assert_eq!(most as u64, items - 1);
        }
    }
}
