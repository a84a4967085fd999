//! What replication costs, and what it is worth when nodes die.
//!
//! What is compared is measured in turns, in rounds; the figure is the median of the
//! rounds' ratios.

mod catching_up;
mod etcd;
mod etcd_cluster;
mod factor;
mod failover;
mod impatient;
mod led;
mod peer_tls;
mod puts;
mod reads;

pub(super) use catching_up::measure as catching_up;
pub(super) use etcd::measure as etcd;
pub(super) use factor::measure as factor;
pub(super) use failover::measure as failover;
pub(super) use peer_tls::measure as peer_tls;
pub(super) use reads::measure as reads;

use std::error::Error;
use std::num::NonZeroU16;

use super::Figure;
use super::median::median;
use crate::artifacts::Profile;
use crate::stack::{Stack, StackError, StackOptions};

/// Rounds, in each of which everything that is compared is measured once.
const ROUNDS: usize = 7;
/// The clients of everything that is measured by rate.
const CLIENTS: u32 = 64;

/// Nodes and Envoy as people run them.
async fn stack(nodes: u16, node_arguments: &[&str]) -> Result<Stack, StackError> {
    Stack::start(options(nodes, node_arguments)).await
}

fn options(nodes: u16, node_arguments: &[&str]) -> StackOptions {
    let workers = std::thread::available_parallelism().ok();
    let workers = workers.and_then(|cores| NonZeroU16::try_from(cores).ok());
    StackOptions {
        profile: Profile::Release,
        concurrency: workers.unwrap_or(NonZeroU16::MIN),
        node_arguments: node_arguments.iter().map(|&argument| argument.to_owned()).collect(),
        ..StackOptions::of(nodes)
    }
}

/// The ratios of `ours` to `theirs`, each measured once a round.
fn ratios(
    mut ours: impl FnMut(usize) -> Result<f64, Box<dyn Error>>,
    mut theirs: impl FnMut(usize) -> Result<f64, Box<dyn Error>>,
) -> Result<Ratios, Box<dyn Error>> {
    // The first round warms connections and caches, and isn't counted.
    ours(0)?;
    theirs(0)?;
    let mut ratios = Ratios::default();
    for round in 1..=ROUNDS {
        // Each goes first in turn: a machine that slows down favours neither.
        let (our, their) = if round % 2 == 0 {
            let our = ours(round)?;
            (our, theirs(round)?)
        } else {
            let their = theirs(round)?;
            (ours(round)?, their)
        };
        ratios.all.push(our / their);
        ratios.ours.push(our);
        ratios.theirs.push(their);
    }
    Ok(ratios)
}

/// What the rounds came to.
#[derive(Default)]
struct Ratios {
    all: Vec<f64>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Ratios {
    /// The figure, and what it is the ratio of.
    fn at_least(mut self, name: String, least: f64, unit: &str) -> Vec<Figure> {
        let (ours, theirs) = (median(&mut self.ours), median(&mut self.theirs));
        let both = Figure::comparison("… each by itself", format!("{ours:.0}/s, {theirs:.0}/s"));
        vec![Figure::at_least(name, median(&mut self.all), least, unit), both]
    }
}
