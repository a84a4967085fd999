//! Structured logs on standard error.

use std::io;

use clap::ValueEnum;
use tracing::Metadata;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::access::AUDIT;

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Writes the program's log to standard error from now on, at the level that
/// `RUST_LOG` asks for, or `info`. Audit lines are JSON, and written whatever it asks for.
pub fn start(format: LogFormat) {
    // What openraft says of a peer that is away it says ten times a second; what matters of it
    // is told by `membership`.
    let default = |_| EnvFilter::new("info,openraft=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(default);
    let is_audit = |about: &Metadata<'_>| about.target() == AUDIT;
    let json = || fmt::layer().with_writer(io::stderr).json().flatten_event(true);
    let lines: Box<dyn Layer<_> + Send + Sync> = match format {
        LogFormat::Text => {
            let coloured = io::IsTerminal::is_terminal(&io::stderr());
            fmt::layer().with_writer(io::stderr).with_ansi(coloured).boxed()
        }
        LogFormat::Json => json().boxed(),
    };
    let lines = lines.with_filter(filter.and(filter_fn(move |about| !is_audit(about))));
    let audit = json().with_filter(filter_fn(is_audit));
    tracing_subscriber::registry().with(vec![lines.boxed(), audit.boxed()]).init();
}
