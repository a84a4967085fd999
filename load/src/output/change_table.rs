//! What came of servers that came and went.

use std::fmt::{self, Display, Formatter};

use super::figures::{per_second, percent, time, time_or_dash};
use crate::run::Results;

/// What came of servers that came and went while the load went on.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChangeTable<'a>(pub(super) &'a Results);

impl Display for ChangeTable<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Results { changes, phases, elapsed, .. } = self.0;
        for change in changes {
            let (agreed, settled) = (time(change.agreed), time(change.settled));
            let moved = change.moved;
            writeln!(
                formatter,
                "{}: agreed on after {agreed}, all moved after {settled}",
                change.what
            )?;
            writeln!(
                formatter,
                "  another first holder: {} of {} keys ({:.1}%); copies that moved: {} of {} ({:.1}%)",
                moved.first,
                moved.keys,
                percent(moved.first, moved.keys),
                moved.copies,
                moved.of_copies,
                percent(moved.copies, moved.of_copies),
            )?;
            writeln!(formatter, "  servers then: {}", change.servers.join(" "))?;
        }
        if phases.is_empty() {
            return Ok(());
        }
        write!(formatter, "{:18}{:>10}{:>10}{:>12}", "", "time", "requests", "requests/s")?;
        writeln!(formatter, "{:>8}{:>10}{:>10}{:>10}", "failed", "p50", "p99", "max")?;
        let ends = phases.iter().skip(1).map(|phase| phase.begin).chain([*elapsed]);
        for (phase, end) in phases.iter().zip(ends) {
            let (tally, span) = (&phase.tally, end.saturating_sub(phase.begin));
            let (requests, all) = (tally.requests(), tally.all());
            let rate = per_second(requests, span);
            write!(formatter, "{:18}{:>10}{requests:>10}{rate:>12.0}", phase.name, time(span))?;
            let quantile = |share| time_or_dash(all.quantile(share));
            let (middle, high, max) = (quantile(0.5), quantile(0.99), time_or_dash(all.max()));
            writeln!(formatter, "{:>8}{middle:>10}{high:>10}{max:>10}", tally.failures())?;
        }
        writeln!(formatter)
    }
}
