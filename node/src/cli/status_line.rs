//! A line that is written over and over.

use std::io::{self, IsTerminal, Write};

/// The last line of a terminal, which says how far something is; nothing at all where standard
/// error is no terminal. Gone when this is dropped.
#[derive(Default)]
pub(super) struct StatusLine {
    is_written: bool,
}

impl StatusLine {
    /// Says `text` instead of what it said before.
    pub(super) fn show(&mut self, text: &str) {
        let mut terminal = io::stderr();
        if terminal.is_terminal() {
            // Back to the start, and away with what follows (ECMA-48 EL).
            let _ = write!(terminal, "\r{text}\x1b[K");
            let _ = terminal.flush();
            self.is_written = true;
        }
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        if self.is_written {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
