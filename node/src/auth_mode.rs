//! Whether clients need a token.

use clap::ValueEnum;

/// Whether clients need a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AuthMode {
    /// They do, and may do what their role says.
    Required,
    /// Whoever reaches the node may do everything.
    Off,
}
