//! What came of reads and writes while nodes were away.

use std::fmt;
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use reqwest::{Client, StatusCode};

/// What came of reads and writes while nodes were away.
#[derive(Debug, Default)]
pub(super) struct Trial {
    reads: Vec<Duration>,
    failed_reads: u64,
    writes: Vec<Duration>,
    unknown: u64,
    not_applied: u64,
    /// Writes that were answered as no write may be.
    failed_writes: u64,
}

impl Trial {
    /// Whether no read failed, and no write was left without an honest answer.
    pub(super) fn is_well(&self) -> bool {
        self.failed_reads == 0 && self.failed_writes == 0
    }

    /// Reads `url`, where `body` is.
    pub(super) async fn read(&mut self, client: &Client, url: &str, body: &str) {
        let begun = Instant::now();
        let read = async { client.get(url).send().await?.error_for_status()?.text().await };
        let read = read.await;
        self.note_read(begun, read.is_ok_and(|found| found == body));
    }

    /// A read that began when somebody died.
    pub(super) fn note_read(&mut self, begun: Instant, is_good: bool) {
        self.reads.push(begun.elapsed());
        self.failed_reads += u64::from(!is_good);
    }

    pub(super) async fn write(&mut self, client: &Client, url: &str, body: &str) {
        let begun = Instant::now();
        let answer = client.put(url).body(body.to_owned()).send().await;
        self.writes.push(begun.elapsed());
        let Ok(answer) = answer else {
            self.failed_writes += 1;
            return;
        };
        let outcome = answer.headers().get("x-ringway-outcome");
        match (answer.status(), outcome.map(HeaderValue::as_bytes)) {
            (StatusCode::OK, _) => {}
            (StatusCode::SERVICE_UNAVAILABLE, Some(b"unknown")) => self.unknown += 1,
            (StatusCode::SERVICE_UNAVAILABLE, Some(b"not-applied")) => self.not_applied += 1,
            _ => self.failed_writes += 1,
        }
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reads, failed_reads, writes, unknown, not_applied, failed_writes } = self;
        let lost = unknown + not_applied + failed_writes;
        write!(out, "{failed_reads} of {} reads failed, {}", reads.len(), times(reads))?;
        if !writes.is_empty() {
            write!(out, "; {lost} of {} writes not done", writes.len())?;
            if lost > 0 {
                write!(out, " ({not_applied} not applied, {unknown} unknown)")?;
            }
            write!(out, ", {}", times(writes))?;
        }
        Ok(())
    }
}

fn times(took: &[Duration]) -> String {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let milliseconds = |took: Option<&Duration>| took.map_or(f64::NAN, |it| it.as_secs_f64() * 1e3);
    let (middle, worst) = (sorted.get(sorted.len() / 2), sorted.last());
    format!("{:.1} ms, at worst {:.0} ms", milliseconds(middle), milliseconds(worst))
}
