//! Where values come from without being made anew each time.

use super::Random;

/// Random letters, of which every value is a stretch that begins somewhere.
#[derive(Debug)]
pub(crate) struct ValuePool {
    letters: Vec<u8>,
}

impl ValuePool {
    /// How many values of the largest size there are.
    const STARTS: u64 = 4096;

    pub(crate) fn new(seed: u64, largest: u64) -> Self {
        let mut random = Random::new(seed, u64::MAX);
        let letter = |_| b'a' + u8::try_from(random.below(26)).unwrap_or(0);
        Self { letters: (0..largest + Self::STARTS).map(letter).collect() }
    }

    /// A value of `size` bytes, one of many by `chance`.
    pub(crate) fn value(&self, size: u64, chance: u64) -> &[u8] {
        let start = usize::try_from(chance % Self::STARTS).unwrap_or(0);
        let size = usize::try_from(size).unwrap_or(0);
        self.letters.get(start..start + size).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_size_and_differ() {
        let pool = ValuePool::new(1, 100);
        for chance in [0, 1, 4095, u64::MAX] {
            assert_eq!(pool.value(100, chance).len(), 100);
        }
        assert_ne!(pool.value(100, 0), pool.value(100, 1));
    }
}
