//! The claim at the size that it must be quick at.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use ringway_ring::{Assignment, PartitionCount, ReplicationFactor, claim};

use super::Figure;
use super::median::median;
use super::nodes::members;

const ROUNDS: usize = 15;

/// Milliseconds until the assignment is there in which one more node has its share.
pub(super) fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let unassigned = Assignment::unassigned(PartitionCount::new(16_384)?);
    let factor = ReplicationFactor::DEFAULT;
    let start = Instant::now();
    let present = claim(&unassigned, &members(0..1000), factor);
    let creation = start.elapsed();
    let joined = members(0..1001);
    let milliseconds = |_| {
        let start = Instant::now();
        black_box(claim(black_box(&present), &joined, factor));
        start.elapsed().as_secs_f64() * 1e3
    };
    let mut rounds: Vec<f64> = (0..ROUNDS).map(milliseconds).collect();
    let size = "1,000 nodes × 16,384 × RF 3";
    Ok(vec![
        Figure::at_most(format!("claim, {size}, one joins"), median(&mut rounds), 100.0, "ms"),
        Figure::comparison(
            format!("claim, {size}, from nothing"),
            format!("{:.0} ms", creation.as_secs_f64() * 1e3),
        ),
    ])
}
