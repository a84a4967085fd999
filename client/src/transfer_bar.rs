//! How far a single value is on its way, on a terminal.

use std::time::Duration;

use indicatif::ProgressBar;

use crate::terminal_bar::terminal_bar;

/// What matters least comes last: a narrow terminal shows as much as it has room for.
const STYLE: &str = "{bar:20} {percent:>3}%  {bytes_per_sec}  ETA {eta}  {bytes}/{total_bytes}";
/// How often it is drawn at least: what stands still gets slower and takes longer.
const INTERVAL: Duration = Duration::from_millis(200);

/// How far a single value is on its way: a line at the end of a terminal, and nothing where
/// standard error is none. Gone when this is dropped.
pub(crate) struct TransferBar(ProgressBar);

/// What tells a [`TransferBar`] how far it is, from wherever the bytes come by.
#[derive(Clone, Debug)]
pub(crate) struct Meter(ProgressBar);

impl TransferBar {
    pub(crate) fn new() -> Self {
        let bar = terminal_bar(None, STYLE);
        if !bar.is_hidden() {
            bar.enable_steady_tick(INTERVAL);
        }
        Self(bar)
    }

    pub(crate) fn meter(&self) -> Meter {
        Meter(self.0.clone())
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Meter {
    /// It has so many bytes.
    pub(crate) fn begins(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    /// So many more have come by.
    pub(crate) fn passed(&self, bytes: usize) {
        self.0.inc(bytes as u64);
    }
}
