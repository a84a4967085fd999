//! A row for each request.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run::RunError;
use crate::stats::{Sample, Window};

/// A CSV file with a row for each request.
#[derive(Debug)]
pub(crate) struct CsvWriter {
    path: PathBuf,
    file: BufWriter<File>,
    rows: u64,
}

impl CsvWriter {
    /// What the columns are. Times are in microseconds: `start` from the beginning of the run,
    /// `latency` from then, `service` from when it was sent, which is later than `start` if an
    /// open loop had no connection free.
    pub(crate) const HEADER: &str =
        "start_us,latency_us,service_us,operation,outcome,status,node,epoch,bytes";

    /// Makes the file, or empties it.
    pub(crate) fn create(path: &Path) -> Result<Self, RunError> {
        let made = File::create(path).map(|file| BufWriter::with_capacity(1 << 18, file));
        let made = made.and_then(|mut file| writeln!(file, "{}", Self::HEADER).map(|()| file));
        let path = path.to_owned();
        match made {
            Ok(file) => Ok(Self { path, file, rows: 0 }),
            Err(source) => Err(RunError::Write { path, rows: 0, source }),
        }
    }

    pub(crate) fn write(&mut self, window: &Window) -> Result<(), RunError> {
        for sample in &window.samples {
            let node = sample.node.and_then(|node| window.names.get(usize::from(node.0)));
            let written = row(&mut self.file, sample, node.map_or("", |name| name));
            written.map_err(|source| self.error(source))?;
            self.rows += 1;
        }
        Ok(())
    }

    /// All of it is in the file.
    pub(crate) fn finish(mut self) -> Result<(), RunError> {
        let flushed = self.file.flush();
        flushed.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> RunError {
        RunError::Write { path: self.path.clone(), rows: self.rows, source }
    }
}

fn row(file: &mut impl Write, sample: &Sample, node: &str) -> io::Result<()> {
    micros(file, sample.start)?;
    micros(file, sample.latency)?;
    micros(file, sample.service)?;
    let (operation, outcome) = (sample.operation.name(), sample.outcome.name());
    write!(file, "{operation},{outcome},{},", sample.status)?;
    // A name with a comma would shift all columns; a node's own never has one.
    let shifts = node.contains([',', '"', '\n', '\r']);
    write!(file, "{},", if shifts { "?" } else { node })?;
    if let Some(epoch) = sample.epoch {
        write!(file, "{epoch}")?;
    }
    writeln!(file, ",{}", sample.bytes)
}

fn micros(file: &mut impl Write, time: Duration) -> io::Result<()> {
    write!(file, "{}.{:03},", time.as_micros(), time.subsec_nanos() % 1000)
}
