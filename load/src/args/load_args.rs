//! What load, where to, for how long.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{BoolishValueParser, RangedU64ValueParser};

use super::span::span;
use super::test_args::TestArgs;
use crate::http::BaseUrl;
use crate::schedule::Arrivals;
use crate::workload::{KeyDistribution, KeyName, ValueSize, Ycsb};

/// What load, where to, for how long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LoadArgs {
    /// The edge, or a node.
    #[arg(long, env = "BASE_URL", default_value = "http://127.0.0.1:8000", value_name = "URL")]
    pub(crate) base_url: BaseUrl,

    /// How many requests each client sends. Default: 1000, unless there is a duration.
    #[arg(long, env = "NUM_REQUESTS", value_name = "N")]
    pub(crate) num_requests: Option<NonZeroU64>,

    /// How many clients there are: connections, with one request at a time each.
    #[arg(long, env = "NUM_CLIENTS", default_value = "16", value_name = "N")]
    pub(crate) num_clients: NonZeroU32,

    /// How many of a hundred requests read; the others write.
    #[arg(
        long,
        env = "READ_PERCENTAGE",
        default_value_t = 50,
        value_parser = RangedU64ValueParser::<u8>::new().range(0..=100),
        value_name = "PERCENT"
    )]
    pub(crate) read_percentage: u8,

    /// For how long, such as 30s or 5m; whichever of this and the number of requests is first.
    #[arg(long, env = "DURATION", value_parser = span, value_name = "TIME")]
    pub(crate) duration: Option<Duration>,

    /// An open loop: so many requests a second, by all clients together, however fast the answers
    /// come. Latencies count from when a request was to start.
    #[arg(long, env = "RATE", value_parser = rate, value_name = "PER_SECOND")]
    pub(crate) rate: Option<f64>,

    /// How the requests of an open loop are spread over time.
    #[arg(long, env = "ARRIVALS", default_value = "poisson")]
    pub(crate) arrivals: Arrivals,

    #[command(flatten)]
    pub(crate) test: TestArgs,

    /// One of the six workloads of YCSB, instead of --read-percentage.
    #[arg(long, env = "YCSB", value_name = "WORKLOAD")]
    pub(crate) ycsb: Option<Ycsb>,

    /// Which keys are asked for how often. Default: uniform, or what the YCSB workload says.
    #[arg(long, env = "KEY_DISTRIBUTION")]
    pub(crate) key_distribution: Option<KeyDistribution>,

    /// How many keys there are, stored before it begins.
    #[arg(long, env = "KEYS", default_value = "1000", value_name = "N")]
    pub(crate) keys: NonZeroU64,

    /// What the keys begin with.
    #[arg(long, env = "KEY_PREFIX", default_value = "bench/", value_name = "TEXT")]
    pub(crate) key_prefix: KeyName,

    /// How many bytes a value has: 256, or 100..1000, or 100..1000:zipfian, small ones most often.
    #[arg(long, env = "VALUE_SIZE", default_value = "256", value_name = "BYTES")]
    pub(crate) value_size: ValueSize,

    /// Don't store the keys before: they are there from an earlier run.
    #[arg(long, env = "SKIP_LOAD", value_parser = BoolishValueParser::new())]
    pub(crate) skip_load: bool,

    /// The same seed asks for the same in the same order.
    #[arg(long, env = "SEED", default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,

    /// How long an answer is waited for.
    #[arg(long, env = "TIMEOUT", default_value = "10s", value_parser = span, value_name = "TIME")]
    pub(crate) timeout: Duration,

    /// On how many threads. Default: as many as there are processors.
    #[arg(long, env = "THREADS", value_name = "N")]
    pub(crate) threads: Option<NonZeroU32>,

    /// Write a row for each request to this file.
    #[arg(long, env = "CSV", value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,

    /// Write a row for each stretch of time to this file: of a tenth of a second, longer ones
    /// when the run lasts.
    #[arg(long, env = "CSV_INTERVALS", value_name = "FILE")]
    pub(crate) csv_intervals: Option<PathBuf>,

    /// Write a page with charts to this file, which a browser shows without a network.
    #[arg(long, env = "REPORT", value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,

    /// Print the results as JSON.
    #[arg(long, env = "JSON", value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    let sensible = (0.001..=1e7).contains(&rate);
    sensible.then_some(rate).ok_or_else(|| format!("{text:?} is not from 0.001 to 10000000"))
}
