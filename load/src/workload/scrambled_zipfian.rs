//! The hot keys are anywhere.

use super::Random;
use super::zipfian::Zipfian;

/// YCSB's: ranks of ten thousand million items, hashed onto those that there are, so that the
/// hot ones lie anywhere, and the same ones stay hot when keys are added.
#[derive(Clone, Debug)]
pub(super) struct ScrambledZipfian {
    ranks: Zipfian,
    items: u64,
}

impl ScrambledZipfian {
    const RANKS: u64 = 10_000_000_000;
    /// The sum of 1 ÷ r^0.99 over them.
    const ZETA: f64 = 26.469_028_201_783_02;

    pub(super) fn new(items: u64) -> Self {
        Self { ranks: Zipfian::with_zeta(Self::RANKS, Self::ZETA), items }
    }

    pub(super) fn next(&self, random: &mut Random) -> u64 {
        fnv1a(self.ranks.next(random)).checked_rem(self.items).unwrap_or(0)
    }
}

/// FNV-1a of the eight bytes, the least significant first, and as a signed number's absolute
/// value: `Utils.fnvhash64` of YCSB.
fn fnv1a(value: u64) -> u64 {
    let hash = value.to_le_bytes().into_iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
    });
    hash.cast_signed().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv() {
        // FNV-1a of eight zero bytes, by the reference implementation.
        assert_eq!(fnv1a(0), 0xa8c7_f832_281a_39c5_u64.cast_signed().unsigned_abs());
    }

    #[test]
    fn the_hottest_key_is_rank_nought_scrambled_and_has_its_share() {
        let (keys, mut random) = (ScrambledZipfian::new(1000), Random::new(3, 0));
        let mut counts = vec![0_u32; 1000];
        for _ in 0..1_000_000 {
            counts[usize::try_from(keys.next(&mut random)).unwrap()] += 1;
        }
        let hottest = (0..1000).max_by_key(|&key| counts[key]).unwrap();
        assert_eq!(hottest as u64, fnv1a(0) % 1000);
        // Rank 0 by itself, and what of the long tail falls onto the same key.
        let own = 1.0 / ScrambledZipfian::ZETA;
        let share = f64::from(counts[hottest]) / 1e6;
        assert!(share > own && share < own * 1.15, "{share} for {own}");
    }
}
