//! A run: its threads, its clients, and what gathers their counts.

mod alarm;
mod client;
mod cluster;
mod collector;
mod conduct;
mod conductor;
mod event;
mod loading;
mod open_files;
mod pace;
mod plan;
mod plan_error;
mod recorder;
mod run_bench;
mod run_error;
mod server_change;
mod worker;

pub(crate) use self::collector::{Collector, How, Phase, Results};
#[cfg(test)]
pub(crate) use self::plan::Plan;
pub use self::run_bench::run_bench;
pub(crate) use self::run_error::RunError;
pub(crate) use self::server_change::ServerChange;
