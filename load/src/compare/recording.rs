//! A run, read from its file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::compare_error::CompareError;
use crate::output::CsvWriter;
use crate::stats::Outcome;

/// What of a run is compared: when its requests started and how long they took, in microseconds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Recording {
    /// Of what succeeded: start and latency.
    pub(super) done: Vec<(f64, f64)>,
    /// How many failed.
    pub(super) failed: u64,
    /// From the beginning of the run to the end of the last request.
    pub(super) end: f64,
}

impl Recording {
    /// With fewer there is nothing to say.
    const LEAST: usize = 100;

    pub(super) fn read(path: &Path) -> Result<Self, CompareError> {
        let read = |source| CompareError::Read { path: path.to_owned(), source };
        let mut recording = Self::default();
        for (index, line) in BufReader::new(File::open(path).map_err(read)?).lines().enumerate() {
            let line = line.map_err(read)?;
            let known = match index {
                0 => (line == CsvWriter::HEADER).then_some(()),
                _ => recording.add(&line),
            };
            known.ok_or_else(|| CompareError::Foreign {
                path: path.to_owned(),
                line: index + 1,
                text: line.chars().take(80).collect(),
            })?;
        }
        if recording.done.len() < Self::LEAST {
            let done = recording.done.len();
            return Err(CompareError::TooFew { path: path.to_owned(), done });
        }
        Ok(recording)
    }

    pub(super) fn failed_share(&self) -> f64 {
        self.failed as f64 / (self.failed as f64 + self.done.len() as f64)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split(',');
        let start: f64 = fields.next()?.parse().ok()?;
        let latency: f64 = fields.next()?.parse().ok()?;
        let outcome = fields.nth(2)?;
        if fields.count() != 4 {
            return None;
        }
        if outcome == Outcome::Done.name() {
            self.done.push((start, latency));
        } else {
            self.failed += 1;
        }
        self.end = self.end.max(start + latency);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::NodeNumber;
    use crate::stats::{Sample, Window};
    use crate::workload::Operation;

    #[test]
    fn what_a_run_writes_is_read_again() {
        let mut window = Window::new(Duration::ZERO);
        window.names = vec!["n1".into(), "so, \"called\"".into()];
        for number in 0..102 {
            window.samples.push(Sample {
                operation: Operation::Read,
                outcome: if number < 100 { Outcome::Done } else { Outcome::Unknown },
                status: 200,
                node: [None, Some(NodeNumber(0)), Some(NodeNumber(1))][number % 3],
                epoch: (number % 2 == 0).then_some(7),
                start: Duration::from_micros(number as u64 * 10),
                latency: Duration::from_nanos(1_234_567),
                service: Duration::from_micros(1),
                bytes: 5,
            });
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run.csv");
        let mut csv = CsvWriter::create(&path).unwrap();
        csv.write(&window).unwrap();
        csv.finish().unwrap();

        let recording = Recording::read(&path).unwrap();
        let done = (0..100).map(|number| (f64::from(number) * 10.0, 1234.567)).collect::<Vec<_>>();
        assert_eq!(recording, Recording { done, failed: 2, end: 1010.0 + 1234.567 });
    }

    #[test]
    fn another_file_is_refused_by_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("other.csv");
        let error = |text: String| {
            std::fs::write(&path, text).unwrap();
            Recording::read(&path).unwrap_err().to_string()
        };
        assert!(error("a,b,c\n".into()).contains("line 1"));
        let header = CsvWriter::HEADER;
        assert!(error(format!("{header}\n1,2,3\n")).contains("line 2"));
        assert!(error(format!("{header}\n1,2,2,read,done,200,n1,1,5\n")).contains("takes 100"));
    }
}
