//! Two runs side by side.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde_json::{Value, json};

use super::bootstrap::{Blocks, Chance, middle_95};
use super::recording::Recording;
use crate::output::time;

/// Two runs side by side.
#[derive(Debug)]
pub(super) struct Comparison {
    rows: Vec<Row>,
    /// The shares of requests that failed.
    failed: (f64, f64),
}

/// One figure of both.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    before: f64,
    after: f64,
    /// In which range the ratio is in 95 of 100 cases.
    chance: (f64, f64),
    /// Whether more is worse.
    cost: bool,
}

/// What is to be thought of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Better,
    Worse,
    /// Runs of the same would differ as much.
    Noise,
}

const SHARES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

impl Comparison {
    pub(super) fn new(before: &Recording, after: &Recording) -> Self {
        let shares = SHARES.map(|(_, share)| share);
        let chance = Chance::new(&Blocks::new(before), &Blocks::new(after), &shares);
        let (sorted_before, sorted_after) = (sorted(before), sorted(after));
        let percentile = |((name, share), ratios): ((&'static str, f64), &Vec<f64>)| Row {
            name,
            before: at(&sorted_before, share),
            after: at(&sorted_after, share),
            chance: middle_95(ratios),
            cost: true,
        };
        let mut rows: Vec<_> = SHARES.into_iter().zip(&chance.quantiles).map(percentile).collect();
        let rate = |recording: &Recording| recording.done.len() as f64 * 1e6 / recording.end;
        let (low, high) = middle_95(&chance.requests);
        let span = before.end / after.end;
        rows.push(Row {
            name: "requests/s",
            before: rate(before),
            after: rate(after),
            chance: (low * span, high * span),
            cost: false,
        });
        Self { rows, failed: (before.failed_share(), after.failed_share()) }
    }

    /// The same for programs, on one line; latencies are in microseconds.
    pub(super) fn to_json(&self) -> String {
        let figures: Vec<_> = self.rows.iter().map(Row::json).collect();
        let (before, after) = self.failed;
        let failed = json!({ "a": before, "b": after });
        json!({ "worse": self.is_worse(), "figures": figures, "failed_share": failed }).to_string()
    }

    /// Whether anything is worse by more than chance.
    pub(super) fn is_worse(&self) -> bool {
        self.failed.1 > self.failed.0 || self.rows.iter().any(|row| row.verdict() == Verdict::Worse)
    }
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "figure": self.name,
            "a": self.before,
            "b": self.after,
            "ratio": self.after / self.before,
            "by_chance": [self.chance.0, self.chance.1],
            "verdict": match self.verdict() {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::Noise => "noise",
            },
        })
    }

    pub(super) fn verdict(&self) -> Verdict {
        let (low, high) = self.chance;
        match (low > 1.0, high < 1.0) {
            (true, _) if self.cost => Verdict::Worse,
            (_, true) if self.cost => Verdict::Better,
            (true, _) => Verdict::Better,
            (_, true) => Verdict::Worse,
            _ => Verdict::Noise,
        }
    }
}

fn sorted(recording: &Recording) -> Vec<f64> {
    let mut latencies: Vec<_> = recording.done.iter().map(|(_, latency)| *latency).collect();
    latencies.sort_by(f64::total_cmp);
    latencies
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
fn at(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

impl Display for Comparison {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:12}{:>12}{:>12}{:>8}   by chance", "", "A", "B", "B ÷ A")?;
        for row in &self.rows {
            let text = |figure: f64| {
                let latency = || time(Duration::from_secs_f64(figure / 1e6));
                if row.cost { latency() } else { format!("{figure:.0}") }
            };
            let (before, after, ratio) =
                (text(row.before), text(row.after), row.after / row.before);
            let (low, high) = row.chance;
            write!(formatter, "{:12}{before:>12}{after:>12}{ratio:>8.3}", row.name)?;
            writeln!(formatter, "   {low:.3} to {high:.3}   {}", row.verdict())?;
        }
        let (before, after) = (self.failed.0 * 100.0, self.failed.1 * 100.0);
        write!(formatter, "{:12}{before:>11.3}%{after:>11.3}%", "failed")
    }
}

impl Display for Verdict {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Better => "B is better",
            Self::Worse => "B is worse",
            Self::Noise => "no more than noise",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Random;

    /// Ten seconds of exponentially distributed latencies; each of a hundred moments is slower or
    /// faster as a whole by up to `moods`.
    fn recording(seed: u64, mean: f64, moods: f64) -> Recording {
        let mut random = Random::new(seed, 0);
        let mut done = Vec::new();
        for moment in 0..100 {
            let mood = 1.0 + moods * (random.unit() - 0.5);
            for number in 0..200 {
                let start = f64::from(moment) * 1e5 + f64::from(number) * 500.0;
                done.push((start, -mean * mood * (1.0 - random.unit()).ln()));
            }
        }
        Recording { done, failed: 0, end: 1e7 }
    }

    fn verdicts(before: &Recording, after: &Recording) -> Vec<Verdict> {
        Comparison::new(before, after).rows.iter().map(Row::verdict).collect()
    }

    #[test]
    fn two_runs_of_the_same_differ_by_noise() {
        let runs = verdicts(&recording(1, 1000.0, 0.0), &recording(2, 1000.0, 0.0));
        assert_eq!(runs, [Verdict::Noise; 5]);
    }

    #[test]
    fn a_fifth_more_is_seen_from_either_side() {
        let (fast, slow) = (recording(1, 1000.0, 0.0), recording(2, 1200.0, 0.0));
        assert_eq!(verdicts(&fast, &slow)[..3], [Verdict::Worse; 3]);
        assert_eq!(verdicts(&slow, &fast)[..3], [Verdict::Better; 3]);
        assert!(Comparison::new(&fast, &slow).is_worse());
        assert!(!Comparison::new(&slow, &fast).is_worse());
    }

    #[test]
    fn the_same_difference_is_noise_where_moments_differ_more() {
        let (fast, slow) = (recording(1, 1000.0, 1.8), recording(2, 1080.0, 1.8));
        assert_eq!(verdicts(&fast, &slow)[0], Verdict::Noise);
        let (fast, slow) = (recording(1, 1000.0, 0.0), recording(2, 1080.0, 0.0));
        assert_eq!(verdicts(&fast, &slow)[0], Verdict::Worse);
    }

    #[test]
    fn failures_are_worse_however_fast() {
        let (before, mut after) = (recording(1, 1000.0, 0.0), recording(2, 500.0, 0.0));
        after.failed = 1;
        assert!(Comparison::new(&before, &after).is_worse());
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let sorted: Vec<_> = (1..=10).map(f64::from).collect();
        let ranks = [0.5, 0.9, 0.99].map(|share| format!("{}", at(&sorted, share)));
        assert_eq!(ranks, ["5", "9", "10"]);
    }
}
