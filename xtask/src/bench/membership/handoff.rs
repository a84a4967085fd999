//! How fast a node that joins gets its share, against a copy of as many bytes.

use std::error::Error;
use std::fs;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::addition::Addition;
use super::values::{Values, noise};
use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{Stack, StackOptions};

const NODES: u16 = 3;
const ROUNDS: usize = 3;
/// What is measured against the requirement, and what it is compared with: the smaller the
/// values, the more there is to do besides copying; and where there are next to none, only that.
const LARGE: Values = Values { count: 32_000, bytes: 64 << 10 };
const FEW: Values = Values { count: 100, bytes: 64 << 10 };
const SMALL: Values = Values { count: 100_000, bytes: 1 << 10 };

/// With nothing to hold it back, and nothing else to do.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let (large, small, few) = (rates(LARGE).await?, rates(SMALL).await?, rates(FEW).await?);
    let (required, compared) = (large.ratio(), small.ratio());
    Ok(vec![
        Figure::at_least("handoff of values of 64 KiB ÷ cp with fsync", required, 0.3, ""),
        Figure::comparison("… each by itself", large.to_string()),
        Figure::comparison("… of values of 1 KiB", format!("{compared:.2} ({small})")),
        Figure::comparison("… of hardly any: all besides copying", few.time()),
    ])
}

/// What every round copied, how fast, and how fast cp is.
#[derive(Default)]
struct Rates(Vec<Round>);

struct Round {
    bytes: usize,
    took: Duration,
    /// Of cp, in a second.
    copied: f64,
}

impl Round {
    fn rate(&self) -> f64 {
        self.bytes as f64 / self.took.as_secs_f64()
    }
}

impl Rates {
    fn ratio(&self) -> f64 {
        self.middle(|round| round.rate() / round.copied)
    }

    fn time(&self) -> String {
        format!("{:.1} s", self.middle(|round| round.took.as_secs_f64()))
    }

    fn middle(&self, value: fn(&Round) -> f64) -> f64 {
        median(&mut self.0.iter().map(value).collect::<Vec<_>>())
    }
}

impl std::fmt::Display for Rates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ours, copy) = (self.middle(Round::rate), self.middle(|round| round.copied));
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
        let bytes = values.held_by(&stack.view().await?, &addition.id)?;
        let copied = copy_rate(stack.directory(), bytes)?;
        if round > 0 {
            rates.0.push(Round { bytes, took, copied });
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
