//! Why a run came to nothing.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::plan_error::PlanError;
use crate::http::CallError;

/// Why a run came to nothing, or not to all that was asked.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    /// It can't be begun as asked.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It is not known what would let it in.
    #[error("{0}")]
    Token(String),
    /// Nobody is there.
    #[error(
        "nothing answers at {url} ({why}): is the stack up? --base-url or BASE_URL names another \
         edge or node"
    )]
    NoAnswer {
        /// The base URL.
        url: String,
        /// What came instead.
        why: CallError,
    },
    /// The keys to read are not all there; nothing was measured.
    #[error("the keys could not be stored before the run: {why}")]
    Loading {
        /// Of the last attempt of one key.
        why: String,
    },
    /// The cluster does not tell or do what the test needs.
    #[error("{request}: {why}")]
    Cluster {
        /// What was asked.
        request: String,
        /// What came.
        why: String,
    },
    /// The threads, or their sockets, can't be had.
    #[error("a thread could not be started: {0}")]
    Thread(io::Error),
    /// The file is not whole. What was measured until then is printed.
    #[error("{} can't be written: {source}; {rows} rows were given to it, and the run ended there",
        path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// How many rows came before.
        rows: u64,
        /// The system's word.
        source: io::Error,
    },
    /// The page is not there.
    #[error("{} can't be written: {source}", path.display())]
    WriteReport {
        /// Where it was to be.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// What was measured can't be told.
    #[error("the standard output can't be written: {0}")]
    Print(io::Error),
    /// No page came about.
    #[error("the report can't be drawn: {0}")]
    Draw(String),
}

impl RunError {
    /// By sysexits.h where that has one; documented in the help and the README.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Loading { .. } | Self::Cluster { .. } | Self::Thread(_) | Self::Draw(_) => 1,
            Self::Plan(_) | Self::NoAnswer { .. } => 69,
            Self::Token(_) | Self::Write { .. } | Self::WriteReport { .. } | Self::Print(_) => 74,
        }
    }
}
