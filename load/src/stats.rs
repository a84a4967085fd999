//! What the figures are: counted in threads, merged, and summed up. No clocks, no sockets.

mod chi_square;
mod distribution;
mod latencies;
mod moved;
mod outcome;
mod sample;
mod tally;
mod timeline;
mod window;

pub(crate) use self::chi_square::ChiSquare;
pub(crate) use self::distribution::{Distribution, NodeShare};
pub(crate) use self::latencies::Latencies;
pub(crate) use self::moved::Moved;
pub(crate) use self::outcome::Outcome;
pub(crate) use self::sample::Sample;
pub(crate) use self::tally::Tally;
pub(crate) use self::timeline::{Bin, Timeline};
pub(crate) use self::window::Window;
