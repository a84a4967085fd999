//! Why HAProxy is not as the ring is.

use std::io;
use std::path::PathBuf;

use ringway_ring::Epoch;
use thiserror::Error;

/// Why HAProxy is not as the ring is. It serves on by the ring that it has, one epoch's and
/// whole, and what failed is tried again.
#[derive(Debug, Error)]
pub(super) enum SyncError {
    /// HAProxy doesn't run, or not where it is looked for.
    #[error("HAProxy can't be reached at {}: {source}", socket.display())]
    Unreachable {
        /// Its stats socket.
        socket: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The conversation broke off.
    #[error("HAProxy did not answer {command:?}: {source}")]
    BrokenOff {
        /// What it was told.
        command: String,
        /// The system's word.
        source: io::Error,
    },
    /// HAProxy doesn't do what it is told.
    #[error("HAProxy answers {answer:?} to {command:?}")]
    Refused {
        /// What it was told.
        command: String,
        /// What it says.
        answer: String,
    },
    /// What was to be swapped in is not what HAProxy was told; it was not swapped in.
    #[error("HAProxy has read another ring than it was told")]
    MisreadMap,
    /// All steps were taken, and something is still otherwise.
    #[error("HAProxy is otherwise than it was told to be")]
    NotAsTold,
    /// A file can't be written.
    #[error("{} can't be written: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// HAProxy's master doesn't listen, or not where it is looked for.
    #[error(
        "HAProxy's master, which has to replace its worker for another key, can't be reached at {}: \
         {source}; start HAProxy with -W -S {}", socket.display(), socket.display()
    )]
    NoMaster {
        /// Its socket.
        socket: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// HAProxy lets in whoever comes.
    #[error("HAProxy was not started with keys.cfg (-f), so it asks nobody for a token")]
    NoKeys,
    /// The worker is still the one of before.
    #[error("HAProxy did not replace its worker: its log says why")]
    NotReloaded,
    /// The ring has grown beyond HAProxy's configuration.
    #[error("the ring has {nodes} nodes, and HAProxy's configuration slots for {slots}")]
    NoFreeSlot {
        /// The ring's.
        nodes: usize,
        /// HAProxy's.
        slots: usize,
    },
    /// HAProxy knows of something later.
    #[error("HAProxy has epoch {has}, the nodes tell of {told}")]
    Older {
        /// What it has.
        has: Epoch,
        /// What the nodes tell.
        told: Epoch,
    },
}
