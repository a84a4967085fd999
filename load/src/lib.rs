//! `ringway bench`: puts load on a cluster, and says what became of it.
//!
//! The pure half decides and counts, and knows no clock and no socket: what is asked for in
//! which order (`workload`), when (`schedule`), and what the figures mean (`stats`). The other
//! half sends and receives (`http`, `run`) and shows (`output`, `compare`).
//!
//! Each thread has its own runtime, its own connections and its own counts, which it hands over
//! ten times a second: nothing is shared while requests are under way, so that the tester
//! measures the cluster and not itself.
#![expect(clippy::cast_precision_loss, reason = "counts and microseconds, far below 2^52")]

mod args;
mod compare;
mod http;
mod output;
mod run;
mod schedule;
mod stats;
mod workload;

pub use args::BenchArgs;
pub use run::run_bench;
