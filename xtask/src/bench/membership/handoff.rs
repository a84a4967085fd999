//! How fast a node that joins gets its share, against a copy of as many bytes.

use std::error::Error;
use std::fs;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::addition::Addition;
use super::values::{Values, noise};
use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{Stack, StackOptions};

const NODES: u16 = 3;
const ROUNDS: usize = 3;
/// What is measured against the requirement, and what it is compared with: the smaller the
/// values, the more there is to do besides copying.
const LARGE: Values = Values { count: 16_000, bytes: 64 << 10 };
const SMALL: Values = Values { count: 100_000, bytes: 1 << 10 };

/// With nothing to hold it back, and nothing else to do.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let (large, small) = (rates(LARGE).await?, rates(SMALL).await?);
    let (required, compared) = (large.ratio(), small.ratio());
    Ok(vec![
        Figure::at_least("handoff of values of 64 KiB ÷ cp with fsync", required, 0.3, ""),
        Figure::comparison("… each by itself", large.to_string()),
        Figure::comparison("… of values of 1 KiB", format!("{compared:.2} ({small})")),
    ])
}

/// Bytes a second of every round, ours and cp's.
#[derive(Default)]
struct Rates(Vec<(f64, f64)>);

impl Rates {
    fn ratio(&self) -> f64 {
        self.middle(|(ours, copy)| ours / copy)
    }

    fn middle(&self, value: fn(&(f64, f64)) -> f64) -> f64 {
        median(&mut self.0.iter().map(value).collect::<Vec<_>>())
    }
}

impl std::fmt::Display for Rates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ours, copy) = (self.middle(|rates| rates.0), self.middle(|rates| rates.1));
        write!(out, "{:.1} MB/s, {:.0} MB/s", ours / 1e6, copy / 1e6)
    }
}

async fn rates(values: Values) -> Result<Rates, Box<dyn Error>> {
    // Not even that a few partitions move at once, for the sake of those who read and write.
    let moving_max = Some(NonZeroU16::MAX);
    let profile = Profile::Release;
    let options = StackOptions { profile, edge: false, moving_max, ..StackOptions::of(NODES) };
    let mut stack = Stack::start(options).await?;
    let Some(url) = stack.nodes().first().map(crate::stack::Node::url) else {
        return Err("there is no node".into());
    };
    values.store(&url).await?;
    let addition = Addition::start(&mut stack).await?;
    let mut rates = Rates::default();
    // The first round warms caches and makes the file, and isn't counted.
    for round in 0..=ROUNDS {
        let start = Instant::now();
        addition.put_in(&stack).await?;
        let took = start.elapsed();
        let held = values.held_by(&stack.view().await?, &addition.id)?;
        let copy = copy_rate(stack.directory(), held)?;
        if round > 0 {
            rates.0.push((held as f64 / took.as_secs_f64(), copy));
        }
        addition.take_out(&stack).await?;
    }
    Ok(rates)
}

/// How many bytes a second `cp` copies of a file of `bytes`, down to the disk.
fn copy_rate(directory: &Path, bytes: usize) -> Result<f64, Box<dyn Error>> {
    let [from, to] = ["from", "to"].map(|name| directory.join(name));
    if fs::metadata(&from).map_or(0, |metadata| metadata.len()) != bytes as u64 {
        fs::write(&from, noise(0, bytes))?;
        run(Command::new("sync").arg(&from))?;
    }
    let start = Instant::now();
    run(Command::new("cp").arg(&from).arg(&to))?;
    run(Command::new("sync").arg(&to))?;
    let took = start.elapsed();
    fs::remove_file(&to)?;
    Ok(bytes as f64 / took.as_secs_f64())
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
