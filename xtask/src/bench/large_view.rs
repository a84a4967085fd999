//! The view of the largest ring, and what a filter does with it.

mod filter;

pub(super) use filter::measure as in_filter;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, View, ViewNode};

use super::Figure;
use super::median::median;
use super::nodes::id;

const ROUNDS: usize = 15;
const SIZE: &str = "1,000 nodes × 16,384 × RF 3";

/// The size of its JSON, and the time to read it, which an edge does for every change.
#[expect(clippy::cast_precision_loss, reason = "some hundred thousand bytes")]
pub(super) fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let json = view()?.to_json();
    let milliseconds = |_| {
        let start = Instant::now();
        let read = View::from_json(black_box(json.as_bytes()));
        let elapsed = start.elapsed().as_secs_f64() * 1e3;
        read.map(|read| black_box(read).epoch()).map(|_| elapsed)
    };
    let mut rounds = (0..ROUNDS).map(milliseconds).collect::<Result<Vec<f64>, _>>()?;
    Ok(vec![
        Figure::at_most(format!("view, {SIZE}"), json.len() as f64 / 1024.0, 200.0, "KiB"),
        Figure::comparison(format!("view, {SIZE}, read"), format!("{:.2} ms", median(&mut rounds))),
    ])
}

fn view() -> Result<View, Box<dyn Error>> {
    let node = |number: u16| {
        let [high, low] = number.to_be_bytes();
        ViewNode::new(id(usize::from(number)), ([10, 1, high, low], 8080).into())
    };
    let (partitions, factor) = (PartitionCount::new(16_384)?, ReplicationFactor::DEFAULT);
    Ok(View::create(Epoch::FIRST, partitions, factor, (0..1000).map(node).collect())?)
}
