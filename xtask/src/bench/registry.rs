//! The benches by name.

use std::error::Error;
use std::pin::Pin;

use thiserror::Error;

use super::{Figure, balance, claim, edge, lookup, node};

/// What a bench comes to, some time later.
pub type Measured = Pin<Box<dyn Future<Output = Result<Vec<Figure>, Box<dyn Error>>>>>;

/// A bench's name, and how it measures.
type Bench = (&'static str, fn() -> Measured);

/// Every bench, in the order of the table. One that starts processes starts them by
/// itself; they run one after the other, so that none measures another.
const BENCHES: &[Bench] = &[
    ("lookup", || Box::pin(async { lookup::measure() })),
    ("claim", || Box::pin(async { claim::measure() })),
    ("balance", || Box::pin(async { Ok(balance::measure()) })),
    ("node", || Box::pin(node::measure())),
    ("edge", || Box::pin(edge::measure())),
];

/// Runs the benches called `names`, or all.
///
/// # Errors
/// When a name is no bench's, before anything runs; or when something can't be measured.
pub async fn run(names: &[String]) -> Result<Vec<Figure>, BenchError> {
    let is_unknown = |name: &&String| !BENCHES.iter().any(|(known, _)| known == name);
    if let Some(unknown) = names.iter().find(is_unknown) {
        let known = BENCHES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(BenchError::Unknown { name: unknown.clone(), known });
    }
    let mut figures = Vec::new();
    for (name, measure) in BENCHES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("measuring {name} …");
            let measured = measure().await;
            figures.extend(measured.map_err(|source| BenchError::Failed { name, source })?);
        }
    }
    Ok(figures)
}

/// Why there is no figure.
#[derive(Debug, Error)]
pub enum BenchError {
    /// There is no such bench.
    #[error("there is no bench {name}; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What could have been.
        known: String,
    },
    /// It could not be measured.
    #[error("{name} could not be measured: {source}")]
    Failed {
        /// Which bench.
        name: &'static str,
        /// What was in the way.
        source: Box<dyn Error>,
    },
}
