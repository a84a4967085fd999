//! What is seen of a run while it goes on.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use super::figures::{per_second, percent, time, time_or_dash};
use crate::run::Collector;

/// Some lines at the end of a terminal, drawn anew again and again. On standard error, so that
/// the results alone are on standard output; where that is no terminal, nothing.
#[derive(Debug)]
pub(crate) struct LiveView {
    terminal: bool,
    /// How many lines there are.
    drawn: usize,
    /// When and how many requests there were the last time.
    last: (Duration, u64),
}

impl LiveView {
    /// How often it is drawn.
    pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

    pub(crate) fn of_this_process() -> Self {
        Self { terminal: stderr().is_terminal(), drawn: 0, last: (Duration::ZERO, 0) }
    }

    /// One that shows nothing.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { terminal: false, drawn: 0, last: (Duration::ZERO, 0) }
    }

    /// Draws how far it is; `elapsed` is none before it has begun.
    pub(crate) fn show(&mut self, collector: &Collector, elapsed: Option<Duration>) {
        if !self.terminal {
            return;
        }
        let text = match elapsed {
            Some(elapsed) => self.running(collector, elapsed),
            None => loading(collector),
        };
        self.draw(&text);
    }

    /// Takes it away.
    pub(crate) fn clear(&mut self) {
        if self.drawn > 0 {
            self.draw("");
        }
    }

    fn running(&mut self, collector: &Collector, elapsed: Duration) -> String {
        let (plan, tally) = (&collector.plan, &collector.tally);
        let requests = tally.requests();
        let (last, before) = std::mem::replace(&mut self.last, (elapsed, requests));
        let rate = per_second(requests - before, elapsed.saturating_sub(last));
        let by_time = plan.duration.map(|whole| elapsed.as_secs_f64() / whole.as_secs_f64());
        let by_count = plan.total().map(|total| requests as f64 / total as f64);
        let share = by_time.unwrap_or(0.0).max(by_count.unwrap_or(0.0)).min(1.0);
        let all = tally.all();
        let quantile = |share| time_or_dash(all.quantile(share));
        let mut text = format!("{} {}\n", bar(share), time(elapsed));
        let failed = tally.failures();
        let _ = writeln!(text, "{rate:.0} requests/s, {requests} so far, {failed} failed");
        let (middle, high, highest) = (quantile(0.5), quantile(0.99), quantile(0.999));
        let max = time_or_dash(all.max());
        let _ = writeln!(text, "p50 {middle}  p99 {high}  p99.9 {highest}  max {max}");
        let served = tally.nodes.values().sum();
        for (node, count) in tally.nodes.iter().take(8) {
            let _ = write!(text, "{node} {:.1}%  ", percent(*count, served));
        }
        text
    }

    fn draw(&mut self, text: &str) {
        let mut out = String::new();
        if self.drawn > 0 {
            // To the first line, and away with all that is below.
            let _ = write!(out, "\x1b[{}A\r\x1b[J", self.drawn);
        }
        if !text.is_empty() {
            // A line that is too long is cut off rather than wrapped, which would shift the rest.
            let _ = write!(out, "\x1b[?7l{}\n\x1b[?7h", text.trim_end());
        }
        self.drawn = text.trim_end().lines().count();
        // A terminal that is gone shows nothing.
        let _ = stderr().write_all(out.as_bytes());
    }
}

fn loading(collector: &Collector) -> String {
    let (stored, keys) = (collector.loaded(), collector.plan.workload.keys);
    format!("{} storing the keys: {stored} of {keys}", bar(stored as f64 / keys as f64))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to WIDTH")]
fn bar(share: f64) -> String {
    const WIDTH: usize = 30;
    let full = ((share * WIDTH as f64) as usize).min(WIDTH);
    format!("[{}{}] {:3.0}%", "=".repeat(full), " ".repeat(WIDTH - full), share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_whatever_it_shows() {
        for (share, equals) in [(0.0, 0), (0.5, 15), (1.0, 30), (1.5, 30)] {
            let bar = bar(share);
            assert_eq!(bar.matches('=').count(), equals);
            assert_eq!(bar.find(']'), Some(31));
        }
    }
}
