//! `cargo xtask agree`: Envoy, HAProxy and the nodes, asked for the same keys, name the same
//! owner or refuse in the same words.

mod ask;
mod outcome;
mod pipeline;
mod targets;
mod three;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;

use clap::Args;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::artifacts::Profile;
use crate::stack::{Stack, StackError, StackOptions};
use targets::asks;
use three::Three;

pub(crate) use ask::Ask;
pub(crate) use pipeline::Pipeline;
pub use targets::Forms;

/// How many ask at a time.
const WORKERS: u64 = 8;
/// How many keys each of them asks for at a time.
const BATCH: u64 = 32;
/// How often a key that is answered differently is asked for again: what an edge gives up on a
/// machine that stalls, it asks of the next holder.
const AGAIN: u32 = 5;

/// The flags of `cargo xtask agree`.
#[derive(Clone, Copy, Debug, Args)]
pub struct AgreeArgs {
    /// How many keys, each of them in every form.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub keys: u64,
    /// The first of them: whoever asks for all in parts begins where the last part ended.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub first: u64,
}

impl AgreeArgs {
    /// The keys, by their numbers.
    #[must_use]
    pub fn numbers(self) -> Range<u64> {
        self.first..self.first.saturating_add(self.keys)
    }
}

/// What became of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// How many went to the same owner, or were refused alike, by what it was.
    pub alike: BTreeMap<String, u64>,
    /// What was answered differently, in sentences.
    pub different: Vec<String>,
    /// How often something had to be asked again until it was answered alike.
    pub again: u64,
}

impl fmt::Display for Agreement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.alike {
            writeln!(out, "{count:>9} {what}")?;
        }
        for sentence in &self.different {
            writeln!(out, "DIFFERENT {sentence}")?;
        }
        writeln!(out, "{:>9} asked again, while an edge had given up on a node", self.again)?;
        write!(out, "{:>9} answered differently", self.different.len())
    }
}

impl Agreement {
    fn add(&mut self, part: Self) {
        for (what, count) in part.alike {
            *self.alike.entry(what).or_default() += count;
        }
        self.different.extend(part.different);
        self.again += part.again;
    }
}

/// Asks all three for the keys `numbers` in `forms`.
///
/// # Errors
/// When the stack does not stand, or a connection breaks.
pub async fn agree(
    numbers: Range<u64>,
    forms: Forms,
    profile: Profile,
) -> Result<Agreement, AgreeError> {
    let options = StackOptions { haproxy: true, profile, ..StackOptions::of(5) };
    let stack = Stack::start(options).await?;
    let mut workers = JoinSet::new();
    let share = numbers.end.saturating_sub(numbers.start).div_ceil(WORKERS);
    for worker in 0..WORKERS {
        let first = numbers.start + share * worker;
        let mine = first..numbers.end.min(first + share);
        workers.spawn(work(mine, forms, Three::open(&stack).await?));
    }
    let mut all = Agreement::default();
    while let Some(done) = workers.join_next().await {
        all.add(done.map_err(io::Error::other)??);
    }
    Ok(all)
}

async fn work(numbers: Range<u64>, forms: Forms, mut three: Three) -> io::Result<Agreement> {
    let mut found = Agreement::default();
    let mut first = numbers.start;
    while first < numbers.end {
        let last = numbers.end.min(first + BATCH);
        let asked = (first..last).flat_map(|number| asks(number, forms)).collect();
        found.add(ask_until_alike(&mut three, asked).await?);
        first = last;
    }
    Ok(found)
}

async fn ask_until_alike(three: &mut Three, mut left: Vec<Ask>) -> io::Result<Agreement> {
    let mut found = Agreement::default();
    for attempt in 0..=AGAIN {
        let outcomes = three.ask(&left).await?;
        let mut differing = Vec::new();
        for (ask, [envoy, haproxy, node]) in left.into_iter().zip(outcomes) {
            if envoy == haproxy && haproxy == node {
                *found.alike.entry(node.kind()).or_default() += 1;
            } else if attempt < AGAIN {
                found.again += 1;
                differing.push(ask);
            } else {
                found.different.push(format!("{ask}: {envoy:?}, {haproxy:?}, {node:?}"));
            }
        }
        left = differing;
        if left.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Why nothing could be asked.
#[derive(Debug, Error)]
pub enum AgreeError {
    /// The stack does not stand.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A connection broke.
    #[error("a conversation broke off: {0}")]
    Io(#[from] io::Error),
}
