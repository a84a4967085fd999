//! A row for each stretch of time.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::run::{Results, RunError};
use crate::stats::{Bin, Latencies, Timeline};

/// What the columns are. Seconds count from the beginning of the run, latencies are those of what
/// succeeded, and `nodes` is how many answers came from which.
const HEADER: &str = "begin_s,seconds,succeeded,failed,p50_us,p90_us,p99_us,p99.9_us,max_us,nodes";

/// Writes how `results` went over time to `path`: a long run has few rows.
pub(crate) fn write_intervals(results: &Results, path: &Path) -> Result<(), RunError> {
    std::fs::write(path, rows(&results.timeline))
        .map_err(|source| RunError::WriteReport { path: path.to_owned(), source })
}

fn rows(timeline: &Timeline) -> String {
    let mut text = format!("{HEADER}\n");
    for (begin, bin) in timeline.bins() {
        row(&mut text, begin, timeline.width(), bin);
    }
    text
}

fn row(text: &mut String, begin: Duration, width: Duration, bin: &Bin) {
    let (begin, width, all) = (begin.as_secs_f64(), width.as_secs_f64(), &bin.latencies);
    // Writing to a String can't fail.
    let _ = write!(text, "{begin:.1},{width:.1},{},{}", all.count(), bin.failures);
    for share in [0.5, 0.9, 0.99, 0.999, 1.0] {
        let _ = write!(text, ",{}", micros(all, share));
    }
    // As in the other file: a name that would shift the columns is none of a node's.
    let name = |name: &str| {
        if name.contains([',', ';', '"', '\n', '\r']) { "?".into() } else { name.to_owned() }
    };
    let nodes = bin.nodes.iter().filter(|(_, count)| **count > 0);
    let nodes: Vec<_> = nodes.map(|(node, count)| format!("{}={count}", name(node))).collect();
    let _ = writeln!(text, ",{}", nodes.join(";"));
}

/// Empty where nothing succeeded.
fn micros(latencies: &Latencies, share: f64) -> String {
    let micros = latencies.quantile(share).map(|latency| latency.as_secs_f64() * 1e6);
    micros.map_or_else(String::new, |micros| format!("{micros:.1}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::NodeNumber;
    use crate::stats::{Outcome, Sample, Window};
    use crate::workload::Operation;

    #[test]
    fn every_stretch_is_a_row_also_one_in_which_nothing_succeeded() {
        let mut timeline = Timeline::new(Duration::from_millis(100));
        for (begin, outcome) in [(0, Outcome::Done), (0, Outcome::Done), (200, Outcome::Timeout)] {
            let mut window = Window::new(Duration::from_millis(begin));
            window.names = vec!["n1".into(), "a,b".into()];
            let sample = Sample {
                operation: Operation::Read,
                outcome,
                status: 200,
                node: (outcome == Outcome::Done).then_some(NodeNumber(1)),
                epoch: None,
                start: Duration::ZERO,
                latency: Duration::from_micros(512),
                service: Duration::from_micros(512),
                bytes: 0,
            };
            window.count(&sample, false);
            timeline.add(&window);
        }
        let text = rows(&timeline);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("0.0,0.1,2,0,512."), "{}", lines[1]);
        assert!(lines[1].ends_with(",?=2"), "{}", lines[1]);
        assert_eq!(lines[2], "0.2,0.1,0,1,,,,,,");
        let columns = |line: &&str| line.split(',').count();
        assert!(lines.iter().all(|line| columns(line) == 10));
    }
}
