//! Which keys a replica may have on its disk.

use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::Position;

use crate::random::mix;

/// Bits of a block, 512 of which are a cache line.
const BLOCK_BITS: u64 = 512;
const BLOCK_BYTES: usize = 64;
/// How many bits each key sets: with ten bits of memory a key, one in fifty that was never
/// stored is looked up in vain.
const PROBES: u32 = 6;
/// Of a hash: which bit of a block.
const PROBE_BITS: u32 = BLOCK_BITS.trailing_zeros();

/// Which keys may be stored: all that are, and some that are not (Bloom 1970, in blocks of a
/// cache line as by Putze et al. 2007).
///
/// Half of all work with a store is to learn that a key is new. This knows it without asking.
/// It doesn't grow and doesn't forget: with far more keys than it has room for, it is of less
/// and less use, and never wrong.
#[derive(Debug)]
pub(crate) struct KnownKeys {
    blocks: Vec<[u64; BLOCK_BYTES / 8]>,
}

impl KnownKeys {
    /// Of none, in about `bytes` of memory, of which none is touched before it is needed.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { blocks: vec![[0; BLOCK_BYTES / 8]; (bytes / BLOCK_BYTES).max(1)] }
    }

    pub(crate) fn insert(&mut self, key: Position) {
        let (index, probes) = self.place(key);
        let Some(block) = self.blocks.get_mut(index) else { return };
        for bit in probes {
            if let Some(word) = block.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
    }

    /// Whether `key` may be among them. If not, it is not.
    pub(crate) fn may_hold(&self, key: Position) -> bool {
        let (index, mut probes) = self.place(key);
        let Some(block) = self.blocks.get(index) else { return true };
        probes.all(|bit| block.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0))
    }

    /// In which block, and which bits there. All keys of a replica share the lowest bits of
    /// their positions, which choose its partitions: hence the mixing.
    fn place(&self, key: Position) -> (usize, impl Iterator<Item = usize> + use<>) {
        let (choice, bits) = (mix(key.get()), mix(!key.get()));
        let index = (u128::from(choice) * self.blocks.len() as u128) >> 64;
        let probe = move |number| (bits >> (number * PROBE_BITS)) % BLOCK_BITS;
        let probes = (0..PROBES).map(move |number| usize::try_from(probe(number)).unwrap_or(0));
        (usize::try_from(index).unwrap_or(0), probes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringway_ring::Key;

    fn positions(name: &str, count: u32) -> Vec<Position> {
        let position = |number| Key::new(alloc::format!("{name}{number}")).unwrap().position();
        (0..count).map(position).filter(|position| position.get() % 4 == 1).collect()
    }

    #[test]
    fn what_was_put_in_may_be_there_and_most_of_the_rest_is_not() {
        let (there, others) = (positions("there", 8000), positions("other", 8000));
        let mut known = KnownKeys::new(there.len() * 10 / 8);
        for &key in &there {
            known.insert(key);
        }
        assert!(there.iter().all(|&key| known.may_hold(key)));
        let wrongly = others.iter().filter(|&&key| known.may_hold(key)).count();
        assert!(wrongly * 20 < others.len(), "{wrongly} of {}", others.len());
    }

    #[test]
    fn without_room_anything_may_be_there() {
        let mut known = KnownKeys::new(0);
        assert!(!known.may_hold(Position::of(b"any")));
        for key in positions("there", 8000) {
            known.insert(key);
        }
        assert!(known.may_hold(Position::of(b"any")));
    }
}
