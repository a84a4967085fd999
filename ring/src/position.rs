//! Where a key lies on the ring.

use core::fmt;

use twox_hash::XxHash64;

/// A key's place on the ring: XXH64 of its bytes with seed 0.
///
/// The same hash is behind Envoy's own `ring_hash` and HAProxy's `xxh64` converter,
/// which is what lets HAProxy evaluate the ring natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// The position of the key with these bytes.
    #[inline]
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(XxHash64::oneshot(0, key))
    }

    /// All 64 bits.
    #[inline]
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Sixteen hexadecimal digits, as `/explain` shows it.
impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}
