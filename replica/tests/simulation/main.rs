//! The protocol under simulated networks, disks, clocks and crashes: one thread, one seed.
//!
//! `RINGWAY_SIM_SEED=42 cargo test -p ringway-replica --test simulation replay -- --nocapture`
//! replays one seed with a trace; `RINGWAY_SIM_SEEDS=1000000 RINGWAY_SIM_FROM=10000 cargo test
//! -p ringway-replica --test simulation seeds` runs as many as one likes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test states expectations; a failed one may as well panic where it stands"
)]

mod by_hand;
mod change;
mod checker;
mod checker_test;
mod client;
mod cluster;
mod config;
mod convergence;
mod disk;
mod faults;
mod history;
mod invariants;
mod keys;
mod model;
mod mutants;
mod random;
mod scenario;
mod scenarios;
mod seeds;
mod shrink;
mod swarm;
mod topology;
mod weather;
