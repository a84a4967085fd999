//! Structured logs on standard error.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

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
/// `RUST_LOG` asks for, or `info`.
pub fn start(format: LogFormat) {
    // What openraft says of a peer that is away it says ten times a second; what matters of it
    // is told by `membership`.
    let default = |_| EnvFilter::new("info,openraft=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(default);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => {
            let coloured = io::IsTerminal::is_terminal(&io::stderr());
            lines.with_ansi(coloured).init();
        }
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
