//! The line that says how far something is.

use std::io;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

/// How often it is drawn a second at most.
const HERTZ: u8 = 20;
/// What stays free behind it. A terminal echoes Ctrl-C as `^C` at the cursor, which is there: in
/// the last columns that would begin another line, and this one would not be taken away.
const FREE: u16 = 4;

/// A bar in `style` at the end of the terminal, and nothing where standard error is none.
pub(crate) fn terminal_bar(length: Option<u64>, style: &str) -> ProgressBar {
    let terminal = Term::buffered_stderr();
    let target = if terminal.is_term() {
        ProgressDrawTarget::term_like_with_hz(Box::new(Narrowed(terminal)), HERTZ)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template(style);
    bar.with_style(style.unwrap_or_else(|error| unreachable!("a constant: {error}")))
}

/// A terminal of which the last columns are left alone.
#[derive(Debug)]
struct Narrowed(Term);

impl TermLike for Narrowed {
    fn width(&self) -> u16 {
        TermLike::width(&self.0).saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
