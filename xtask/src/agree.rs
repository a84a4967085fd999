//! `cargo xtask agree`: Envoy, HAProxy and the nodes, asked for the same keys, name the same
//! owner or refuse in the same words.

mod outcome;
mod pipeline;
mod targets;

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use clap::Args;
use ringway_ring::{RequestTarget, encode_path};
use thiserror::Error;
use tokio::task::JoinSet;

use crate::artifacts::Profile;
use crate::stack::{Stack, StackError, StackOptions};
use outcome::Outcome;
use pipeline::Pipeline;
use targets::target;

/// How many ask at a time.
const WORKERS: u64 = 8;
/// How many requests are under way on a connection.
const BATCH: usize = 32;
/// Envoy closes a connection on which more than two answers wait to be written ("Too many
/// responses queued", its protection against floods), and writes what the filter answers only
/// when it has read on.
const ENVOYS_BATCH: usize = 1;
/// How often a key that is answered differently is asked for again: what an edge gives up on a
/// machine that stalls, it asks of the next holder.
const AGAIN: u32 = 5;

/// The flags of `cargo xtask agree`.
#[derive(Clone, Copy, Debug, Args)]
pub struct AgreeArgs {
    /// How many keys.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub keys: u64,
}

/// What became of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// How many went to the same owner, or were refused alike, by what it was.
    pub alike: BTreeMap<String, u64>,
    /// What was answered differently, in sentences.
    pub different: Vec<String>,
}

impl fmt::Display for Agreement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.alike {
            writeln!(out, "{count:>9} {what}")?;
        }
        for sentence in &self.different {
            writeln!(out, "DIFFERENT {sentence}")?;
        }
        write!(out, "{:>9} answered differently", self.different.len())
    }
}

/// Asks all three for `keys` keys.
///
/// # Errors
/// When the stack does not stand, or a connection breaks.
pub async fn agree(keys: u64, profile: Profile) -> Result<Agreement, AgreeError> {
    let options = StackOptions { haproxy: true, profile, ..StackOptions::of(5) };
    let stack = Stack::start(options).await?;
    let node = stack.nodes().first().map(|node| node.address().to_string()).unwrap_or_default();
    let edges = [stack.edge().url(), stack.haproxy().url()];
    let [envoy, haproxy] = edges.map(|url| url.trim_start_matches("http://").to_owned());
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let numbers = (keys * worker / WORKERS)..(keys * (worker + 1) / WORKERS);
        let addresses = [envoy.clone(), haproxy.clone(), node.clone()];
        workers.spawn(work(numbers, addresses));
    }
    let mut all = Agreement::default();
    while let Some(done) = workers.join_next().await {
        let part = done.map_err(io::Error::other)??;
        for (what, count) in part.alike {
            *all.alike.entry(what).or_default() += count;
        }
        all.different.extend(part.different);
    }
    Ok(all)
}

async fn work(numbers: std::ops::Range<u64>, addresses: [String; 3]) -> io::Result<Agreement> {
    let [envoy, haproxy, node] = &addresses;
    let mut envoy = Pipeline::open(envoy, ENVOYS_BATCH).await?;
    let mut haproxy = Pipeline::open(haproxy, BATCH).await?;
    let mut node = Pipeline::open(node, BATCH).await?;
    let mut found = Agreement::default();
    let mut first = numbers.start;
    while first < numbers.end {
        let last = numbers.end.min(first + BATCH as u64);
        let mut left: Vec<_> = (first..last).map(target).collect();
        let mut attempt = 0;
        while !left.is_empty() {
            let direct: Vec<_> = left.iter().map(|target| asked_of_a_node(target)).collect();
            let answers =
                [envoy.ask(&left).await?, haproxy.ask(&left).await?, node.ask(&direct).await?];
            let [by_envoy, by_haproxy, by_node] = answers;
            let by_edges = by_envoy
                .iter()
                .zip(&by_haproxy)
                .map(|(one, other)| [Outcome::of_edge(one), Outcome::of_edge(other)]);
            let outcomes = by_edges.zip(by_node.iter().map(Outcome::of_node));
            let mut differing = Vec::new();
            for (target, ([envoy, haproxy], node)) in left.into_iter().zip(outcomes) {
                if envoy == haproxy && haproxy == node {
                    *found.alike.entry(node.kind()).or_default() += 1;
                } else if attempt < AGAIN {
                    differing.push(target);
                } else {
                    found.different.push(format!("{target}: {envoy:?}, {haproxy:?}, {node:?}"));
                }
            }
            left = differing;
            attempt += 1;
        }
        first = last;
    }
    Ok(found)
}

/// What tells a node's view of `target`: any node answers any key, so it is asked to explain.
/// Of what it refuses it would say first that `/put` takes no GET.
fn asked_of_a_node(target: &str) -> String {
    match RequestTarget::parse(target.as_bytes()) {
        Ok(RequestTarget::Key(key)) => format!("/explain/{}", encode_path(key.as_str())),
        _ => match target.strip_prefix("/put?").or_else(|| target.strip_prefix("/del?")) {
            Some(query) => format!("/get?{query}"),
            None => target.to_owned(),
        },
    }
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
