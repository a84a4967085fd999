//! wrk, the load generator: one thread of C costs the machine less than the servers do.

use std::io;
use std::path::Path;
use std::process::Command;

/// How long one measurement lasts.
const SECONDS: &str = "2s";

/// What wrk does.
#[derive(Clone, Copy)]
pub(super) struct Load<'s> {
    /// Connections, each with one request at a time.
    pub(super) clients: u32,
    /// What makes the requests; without one they are GETs of the URL.
    pub(super) script: Option<&'s Path>,
}

impl Load<'_> {
    /// How many requests a second `url` answers, all of them well.
    pub(super) fn requests_per_second(self, url: &str) -> io::Result<f64> {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-d", SECONDS, "-c", &self.clients.to_string()]);
        if let Some(script) = self.script {
            wrk.arg("-s").arg(script);
        }
        let output = wrk.arg(url).output().map_err(|error| {
            io::Error::new(error.kind(), format!("wrk could not be started: {error}"))
        })?;
        let report = String::from_utf8_lossy(&output.stdout);
        if report.contains("Non-2xx") || report.contains("Socket errors") {
            return Err(io::Error::other(format!("not all went well:\n{report}")));
        }
        let rate = report.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        let rate = rate.and_then(|rate| rate.trim().parse().ok());
        rate.ok_or_else(|| io::Error::other(format!("wrk reports no rate:\n{report}")))
    }
}
