//! What a client does with a key.

/// What a client does with a key; a row of the results each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// `GET`.
    Read,
    /// `PUT` of a key that is there.
    Update,
    /// `PUT` of one that isn't.
    Insert,
    /// A listing of some keys from one on.
    Scan,
    /// `GET`, then `PUT`; measured as one.
    ReadModifyWrite,
    /// `DELETE`.
    Delete,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Update => "update",
            Self::Insert => "insert",
            Self::Scan => "scan",
            Self::ReadModifyWrite => "read-modify-write",
            Self::Delete => "delete",
        }
    }
}
