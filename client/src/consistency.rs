//! How sure an answer is to be the last.

/// How sure an answer is to be the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Consistency {
    /// The last value whose write was acknowledged, or a newer one.
    #[default]
    Linearizable,
    /// One node's copy, which may be out of date.
    One,
}

impl Consistency {
    /// The query that asks for it.
    pub(crate) fn query(self) -> &'static str {
        match self {
            Self::Linearizable => "",
            Self::One => "?consistency=one",
        }
    }
}
