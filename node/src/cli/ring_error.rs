//! Why something was not done with the ring.

use ringway_client::exit_codes::{REFUSED, UNAVAILABLE, UNKNOWN, USAGE};
use ringway_client::{ConfigFileError, nothing_answers};
use ringway_ring::ViewError;
use thiserror::Error;

/// Why something was not done with the ring, or is not known to be.
#[derive(Debug, Error)]
pub(super) enum RingError {
    /// No connection, or no answer to a question that changes nothing.
    #[error("{}", nothing_answers(.url, .why))]
    NoAnswer { url: String, why: String },
    /// No answer to something that changes the cluster.
    #[error(
        "{url} had the request and did not answer it ({why}); whether it was done is not known: \
         look with `ringway ring show`, or ask once more, which does it once"
    )]
    BrokenOff { url: String, why: String },
    /// An answer that no node gives.
    #[error("what answers at {url} is no node of this version of ringway ({what})")]
    Stranger { url: String, what: String },
    /// The node or the cluster doesn't do it.
    #[error("{sentence}")]
    Refused { sentence: String },
    /// Nobody can do it at present. Nothing has changed.
    #[error("{sentence}")]
    Unavailable { sentence: String },
    /// Nobody knows.
    #[error("{sentence}")]
    Unknown { sentence: String },
    /// The view is none.
    #[error("the view that {url} tells is none: {source}")]
    View { url: String, source: ViewError },
    /// The user's configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigFileError),
    /// Nobody can be asked.
    #[error("there is no terminal to show the plan and ask on: with --yes it is not asked for")]
    NobodyToAsk,
    /// Who was asked did not say yes.
    #[error("nothing was changed")]
    CalledOff,
    /// It ended before it had arrived.
    #[error(
        "the change was cancelled before everything had arrived: `ringway ring plan` with the \
         same flags says what is left to do"
    )]
    Cancelled,
}

impl RingError {
    /// By sysexits.h where that has one; documented in the help and the README.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } | Self::CalledOff | Self::Cancelled => REFUSED,
            Self::NobodyToAsk | Self::Config(_) => USAGE,
            Self::NoAnswer { .. }
            | Self::Stranger { .. }
            | Self::Unavailable { .. }
            | Self::View { .. } => UNAVAILABLE,
            Self::BrokenOff { .. } | Self::Unknown { .. } => UNKNOWN,
        }
    }

    /// Whether it may be otherwise in a moment: a node starts anew, or gets something to do.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Unavailable { .. })
    }
}
