//! What who dials says of itself.

use serde::{Deserialize, Serialize};

use super::greeting::{with_version, without_version};
use super::{Greeting, JoinRequest, PeerRefusal};

/// What who dials says of itself, when it knows who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Introduction {
    /// It is a member, and will send messages.
    Member(Greeting),
    /// It wants to be one, and will hear one answer.
    Joiner(JoinRequest),
}

impl Introduction {
    pub(super) fn encode(&self) -> Vec<u8> {
        with_version(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PeerRefusal> {
        without_version(bytes)
    }
}
