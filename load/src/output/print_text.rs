//! What goes to standard output.

use std::io::{self, Write};

/// Prints `text` and a line feed. That nobody reads it any more, as behind `| head`, is no failure.
pub(crate) fn print_text(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    // Flushed at once, or what fails would fail when nobody looks any more.
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
