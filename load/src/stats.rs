//! What the figures are: counted in threads, merged, and summed up. No clocks, no sockets.

mod latencies;
mod outcome;
mod sample;
mod tally;
mod timeline;
mod window;

pub(crate) use self::latencies::Latencies;
pub(crate) use self::outcome::Outcome;
pub(crate) use self::sample::Sample;
pub(crate) use self::tally::Tally;
pub(crate) use self::timeline::{Bin, Timeline};
pub(crate) use self::window::Window;
