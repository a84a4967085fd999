//! The benches by name.

use std::error::Error;
use std::pin::Pin;

use thiserror::Error;

use super::{
    BenchArgs, Figure, balance, claim, edge, large_view, load, lookup, membership, node,
    replication, tokens,
};

/// What a bench comes to, some time later.
pub type Measured = Pin<Box<dyn Future<Output = Result<Vec<Figure>, Box<dyn Error>>>>>;

/// A bench's name, and how it measures.
type Bench = (&'static str, fn(&BenchArgs) -> Measured);

/// Every bench, in the order of the table. One that starts processes starts them by
/// itself; they run one after the other, so that none measures another.
const BENCHES: &[Bench] = &[
    ("lookup", |_| Box::pin(async { lookup::measure() })),
    ("claim", |_| Box::pin(async { claim::measure() })),
    ("large-view", |_| Box::pin(async { large_view::measure() })),
    ("large-view-filter", |_| Box::pin(large_view::in_filter())),
    ("balance", |_| Box::pin(async { Ok(balance::measure()) })),
    ("node", |_| Box::pin(node::measure())),
    ("load", |_| Box::pin(load::measure())),
    ("edge", |_| Box::pin(edge::measure())),
    ("edge-haproxy", |_| Box::pin(edge::haproxy())),
    ("edge-swap", |_| Box::pin(edge::swap())),
    ("edge-news", |_| Box::pin(edge::news())),
    ("edge-failover", |_| Box::pin(edge::failover())),
    ("edge-tokens", |_| Box::pin(tokens::measure())),
    ("replication-factor", |_| Box::pin(replication::factor())),
    ("peer-tls", |_| Box::pin(replication::peer_tls())),
    ("replication-reads", |_| Box::pin(replication::reads())),
    ("replication-etcd", |_| Box::pin(replication::etcd())),
    ("replication-failover", |_| Box::pin(replication::failover())),
    ("replication-return", |args| Box::pin(replication::catching_up(args.away()))),
    ("membership-moves", |_| Box::pin(async { Ok(membership::moves()) })),
    ("membership-reads", |_| Box::pin(membership::reads())),
    ("membership-handoff", |_| Box::pin(membership::handoff())),
    ("membership-leader", |_| Box::pin(membership::leader())),
];

/// Runs the benches that `args` ask for.
///
/// # Errors
/// When a name is no bench's, before anything runs; or when something can't be measured.
pub async fn run(args: &BenchArgs) -> Result<Vec<Figure>, BenchError> {
    let known: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = args.unknown(&known) {
        return Err(BenchError::Unknown { name: unknown.to_owned(), known: known.join(", ") });
    }
    let mut figures = Vec::new();
    for (name, measure) in BENCHES {
        if args.wants(name) {
            eprintln!("measuring {name} …");
            let measured = measure(args).await;
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
