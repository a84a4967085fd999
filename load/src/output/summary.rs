//! The results in words and figures.

use std::fmt::{self, Display, Formatter};

use super::change_table::ChangeTable;
use super::distribution_table::DistributionTable;
use super::figures::{per_second, percent, time, time_or_dash};
use crate::run::{How, Results};
use crate::stats::{Latencies, Outcome};

/// The results in words and figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary<'a>(pub(crate) &'a Results);

/// Which percentiles are told.
pub(crate) const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

impl Summary<'_> {
    fn head(self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Results { plan, how, elapsed, tally, .. } = self.0;
        write!(formatter, "{}: {} clients on {} threads, ", plan.url, plan.clients, plan.threads)?;
        match plan.rate {
            Some(rate) => write!(formatter, "open loop at {rate} requests/s, ")?,
            None => write!(formatter, "closed loop, ")?,
        }
        let rate = per_second(tally.requests(), *elapsed);
        writeln!(formatter, "{} requests in {}: {rate:.0}/s", tally.requests(), time(*elapsed))?;
        if *how == How::Interrupted {
            writeln!(formatter, "It was interrupted: this is what there was until then.")?;
        }
        Ok(())
    }

    fn table(self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let tally = &self.0.tally;
        write!(formatter, "\n{:18}{:>10}{:>10}", "", "requests", "mean")?;
        QUANTILES.iter().try_for_each(|(name, _)| write!(formatter, "{name:>10}"))?;
        writeln!(formatter, "{:>10}", "max")?;
        for (operation, latencies) in &tally.latencies {
            row(formatter, operation.name(), latencies)?;
        }
        if tally.latencies.len() > 1 {
            row(formatter, "all", &tally.all())?;
        }
        if let Some(service) = &tally.service {
            row(formatter, "all, once sent", service)?;
        }
        if tally.failed.count() > 0 {
            row(formatter, "failed", &tally.failed)?;
        }
        Ok(())
    }

    fn failures(self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let tally = &self.0.tally;
        for (outcome, count) in tally.outcomes.iter().filter(|(outcome, _)| outcome.is_failure()) {
            let (share, name) = (percent(*count, tally.requests()), outcome.name());
            writeln!(formatter, "failed: {count} ({share:.3}%) {name}: {}", why(*outcome))?;
        }
        if tally.unsent > 0 {
            let unsent = tally.unsent;
            writeln!(formatter, "failed: {unsent} never sent: no client was free before the end")?;
        }
        if tally.unfinished > 0 {
            let unfinished = tally.unfinished;
            writeln!(formatter, "given up: {unfinished} were under way when the run was ended")?;
        }
        if tally.failures() + tally.unsent + tally.unfinished == 0 {
            writeln!(formatter, "failed: none")?;
        }
        Ok(())
    }

    fn answers(self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let tally = &self.0.tally;
        write!(formatter, "statuses:")?;
        for (status, count) in &tally.statuses {
            write!(formatter, " {status} × {count}")?;
        }
        let served = tally.nodes.values().sum();
        write!(formatter, "\nnodes:")?;
        for (node, count) in &tally.nodes {
            write!(formatter, " {node} {:.1}%", percent(*count, served))?;
        }
        let rate = per_second(tally.bytes, self.0.elapsed) / 1e6;
        write!(formatter, "\nanswers' bodies: {} bytes, {rate:.2} MB/s", tally.bytes)
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.head(formatter)?;
        self.table(formatter)?;
        writeln!(formatter)?;
        write!(formatter, "{}", ChangeTable(self.0))?;
        if let Some(distribution) = &self.0.distribution {
            write!(formatter, "{}", DistributionTable(distribution))?;
        }
        self.failures(formatter)?;
        self.answers(formatter)
    }
}

fn row(formatter: &mut Formatter<'_>, name: &str, latencies: &Latencies) -> fmt::Result {
    let mean = time_or_dash(latencies.mean());
    write!(formatter, "{name:18}{:>10}{mean:>10}", latencies.count())?;
    for (_, share) in QUANTILES {
        write!(formatter, "{:>10}", time_or_dash(latencies.quantile(share)))?;
    }
    writeln!(formatter, "{:>10}", time_or_dash(latencies.max()))
}

fn why(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "as it should",
        Outcome::NotFound => "404 for a key that should be there",
        Outcome::Connect => "no connection, nothing was sent",
        Outcome::Timeout => "no answer in time; what a write did is not known",
        Outcome::Broken => "the connection broke off; what a write did is not known",
        Outcome::Malformed => "an answer that is no HTTP",
        Outcome::Status => "a status that is no success",
        Outcome::NotApplied => "a write that certainly had no effect",
        Outcome::Unknown => "a write of which nobody knows what it did",
        Outcome::Wrong => "an answer that contradicts what was acknowledged",
    }
}
