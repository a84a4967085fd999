//! Why a command is not known to be done.

use thiserror::Error;

use crate::membership::Refused;

/// Why a command is not known to be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProposeError {
    /// The cluster doesn't do it. Nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It was not asked, and nothing has changed: no node leads a majority of the voters, as
    /// far as this node can see.
    #[error(
        "no node of the cluster can decide at present, as seen from this one: a majority of the \
         voters must reach each other; nothing has changed"
    )]
    NoLeader,
    /// It was asked, and may be done yet, or not. Look at the cluster before you ask again.
    #[error("whether it was done is not known ({why}): look at the cluster, then decide")]
    Unknown {
        /// What went wrong.
        why: String,
    },
}
