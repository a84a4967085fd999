//! Why something was not done with the ring.

use ringway_client::ClientError;
use ringway_client::exit_codes::{REFUSED, UNAVAILABLE, UNKNOWN, USAGE};
use ringway_ring::{NodeId, ViewError};
use thiserror::Error;

/// Why something was not done with the ring, or is not known to be.
#[derive(Debug, Error)]
pub(super) enum RingError {
    /// As with everything that is asked of a node.
    #[error(transparent)]
    Client(ClientError),
    /// No answer to something that changes the cluster.
    #[error(
        "{url} had the request and did not answer it ({why}); whether it was done is not known: \
         look with `ringway ring show`, or ask once more, which does it once"
    )]
    BrokenOff { url: String, why: String },
    /// The view is none.
    #[error("the view that {url} tells is none: {source}")]
    View { url: String, source: ViewError },
    /// Nobody can be asked.
    #[error("there is no terminal to show the plan and ask on: with --yes it is not asked for")]
    NobodyToAsk,
    /// Who was asked did not say yes.
    #[error("nothing was changed")]
    CalledOff,
    /// It ended before it had arrived.
    #[error(
        "the change was cancelled before everything had arrived{}: `ringway ring plan` with the \
         same flags says what is left to do",
        meanwhile(down)
    )]
    Cancelled {
        /// Who is down: a change that makes a node a holder which is lost is cancelled by itself.
        down: Vec<NodeId>,
    },
}

fn meanwhile(down: &[NodeId]) -> String {
    match down {
        [] => String::new(),
        [one] => format!(", while {one} was down"),
        several => {
            let names: Vec<_> = several.iter().map(NodeId::as_str).collect();
            format!(", while {} were down", names.join(", "))
        }
    }
}

impl From<ClientError> for RingError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::WriteBrokenOff { url, why } => Self::BrokenOff { url, why },
            error => Self::Client(error),
        }
    }
}

impl RingError {
    /// By sysexits.h where that has one; documented in the help and the README.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) => error.exit_code(),
            Self::CalledOff | Self::Cancelled { .. } => REFUSED,
            Self::NobodyToAsk => USAGE,
            Self::View { .. } => UNAVAILABLE,
            Self::BrokenOff { .. } => UNKNOWN,
        }
    }

    /// Whether it may be otherwise in a moment: a node starts anew, or gets something to do.
    pub(super) fn may_pass(&self) -> bool {
        use ClientError::{NoAnswer, ReadBrokenOff, Unavailable};
        let Self::Client(error) = self else { return false };
        matches!(error, NoAnswer { .. } | ReadBrokenOff { .. } | Unavailable { .. })
    }
}
