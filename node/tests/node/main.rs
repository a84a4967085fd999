//! The real program, as a process: started, killed, fed badly, stopped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects"
)]

mod auth;
mod bodies;
mod client;
mod commands;
mod crash;
mod data_file;
mod durability;
mod exports;
mod file_tree;
mod gate;
mod join;
mod open_files;
mod other_library;
mod peer_tls;
mod place;
mod private_memory;
mod process;
mod ring;
mod shell;
mod shutdown;
mod signing_keys;
mod start;
mod streaming;
mod stub_store;
mod tee;
mod trees;
