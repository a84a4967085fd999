//! A bounded hunt for what the fuzz targets look for, on seeded mutations of golden inputs.

/// SplitMix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Bytes that mean something to a parser.
const TELLING: &[u8] = b"\"\\{}[],:0123456789-+.eE%/?&=;# \x00\x7f\x80\xc3\xff\nAz_tfn";

/// `input` with a few things changed: bytes, pieces, and pieces of `other` put in.
fn mutated(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(8) {
            _ if bytes.is_empty() => bytes.push(*random.pick(TELLING)),
            0 => bytes[at] ^= 1 << random.below(8),
            1 | 2 => bytes[at] = *random.pick(TELLING),
            3 => bytes.insert(at, *random.pick(TELLING)),
            4 => drop(bytes.drain(at..end)),
            5 => bytes.truncate(at),
            6 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => {
                let from = random.below(other.len());
                let piece = &other[from..(from + random.below(40)).min(other.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
    bytes
}

/// Runs `property` on mutations of `inputs`. How many of them `is_valid` accepts is
/// returned, to be sure that the hunt reaches what lies behind the first check.
pub(crate) fn hunt(
    seed: u64,
    rounds: usize,
    inputs: &[Vec<u8>],
    is_valid: impl Fn(&[u8]) -> bool,
    property: impl Fn(&[u8]),
) -> usize {
    let mut random = Random(seed);
    let mut valid = 0;
    for input in inputs {
        property(input);
    }
    for _ in 0..rounds {
        let (input, other) = (random.pick(inputs).clone(), random.pick(inputs).clone());
        let input = mutated(&input, &other, &mut random);
        valid += usize::from(is_valid(&input));
        property(&input);
    }
    valid
}
