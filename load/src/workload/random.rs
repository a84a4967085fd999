//! The one source of chance.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same everywhere for one seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// What `seed` gives to one of several users of it; they don't depend on each other.
    pub(crate) fn new(seed: u64, user: u64) -> Self {
        let mut random = Self(seed);
        let start = random.next() ^ user.wrapping_mul(0xd134_2543_de82_ef95);
        let mut random = Self(start);
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below `bound`; 0 where that is 0. By multiplication (Lemire 2019), whose bias is below
    /// `bound` ÷ 2^64.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        (product >> 64) as u64
    }
}
