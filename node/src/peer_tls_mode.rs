//! Whether the nodes speak TLS with each other.

use clap::ValueEnum;

/// Whether the nodes speak TLS with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PeerTlsMode {
    /// They do, and know each other by certificates of the cluster's own authority.
    Required,
    /// They don't: their network is theirs alone.
    Off,
}
