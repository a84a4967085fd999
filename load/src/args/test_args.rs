//! What is tested beyond how fast it is.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::builder::BoolishValueParser;

use super::span::span;

/// What is tested beyond how fast it is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Every method in turn with keys of its own, each answer checked: put, get, delete, get.
    #[arg(long, env = "ALL_METHODS", value_parser = BoolishValueParser::new())]
    pub(crate) all_methods: bool,

    /// Read each of the keys once, and say which node served how many, and how even that is. Ask
    /// the edge: of a single node all is served by that one.
    #[arg(
        long,
        env = "TEST_DISTRIBUTION",
        value_parser = BoolishValueParser::new(),
        conflicts_with_all = ["rate", "all_methods"]
    )]
    pub(crate) test_distribution: bool,

    /// Add servers while the load goes on, and remove them again, by the cluster's launcher. It
    /// ends when that is done, whatever the duration and the number of requests.
    #[arg(
        long,
        env = "TEST_ADD_OR_REMOVE",
        value_parser = BoolishValueParser::new(),
        conflicts_with_all = ["all_methods", "test_distribution"]
    )]
    pub(crate) test_add_or_remove: bool,

    /// How many servers are added and removed.
    #[arg(long, env = "SERVERS", default_value = "1", value_name = "N")]
    pub(crate) servers: NonZeroU32,

    /// How long the load goes on before servers come, before they go, and afterwards.
    #[arg(long, env = "STEADY", default_value = "5s", value_parser = span, value_name = "TIME")]
    pub(crate) steady: Duration,
}
