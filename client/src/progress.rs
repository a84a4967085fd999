//! How far a command is, on a terminal.

use indicatif::ProgressBar;

use crate::terminal_bar::terminal_bar;

/// What matters least comes last: a narrow terminal shows as much as it has room for.
const KNOWN: &str =
    "{bar:20} {percent:>3}%  {msg}  {bytes_per_sec}  ETA {eta}  {bytes}/{total_bytes}";
const UNKNOWN: &str = "{spinner} {bytes}  {bytes_per_sec}  {elapsed}  {msg}";

/// How far a command is: a line at the end of a terminal, and nothing where standard error is
/// none. Gone when this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    things: &'static str,
    items: Option<u64>,
    done: u64,
}

impl Progress {
    /// Of so many `things` with so many bytes together.
    pub(crate) fn of(things: &'static str, items: u64, bytes: u64) -> Self {
        Self::new(terminal_bar(Some(bytes), KNOWN), things, Some(items))
    }

    /// Of `things` of which nobody knows yet how many there are.
    pub(crate) fn of_unknown(things: &'static str) -> Self {
        Self::new(terminal_bar(None, UNKNOWN), things, None)
    }

    /// Of nothing that anybody sees.
    pub(crate) fn hidden() -> Self {
        Self::new(ProgressBar::hidden(), "", None)
    }

    fn new(bar: ProgressBar, things: &'static str, items: Option<u64>) -> Self {
        let progress = Self { bar, things, items, done: 0 };
        progress.tell();
        progress
    }

    /// One more is done, of so many bytes.
    pub(crate) fn advance(&mut self, bytes: u64) {
        self.done += 1;
        self.bar.inc(bytes);
        self.tell();
    }

    /// Writes a line to standard error, where it stays.
    pub(crate) fn line(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    fn tell(&self) {
        let (done, things) = (self.done, self.things);
        let message = match self.items {
            Some(items) => format!("{done}/{items} {things}"),
            None => format!("{done} {things}"),
        };
        self.bar.set_message(message);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
