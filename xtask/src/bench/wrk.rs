//! wrk, the load generator: one thread of C costs the machine less than the servers do.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        let output = self.command(url, SECONDS).output().map_err(not_started)?;
        let report = String::from_utf8_lossy(&output.stdout);
        if report.contains("Non-2xx") || report.contains("Socket errors") {
            return Err(io::Error::other(format!("not all went well:\n{report}")));
        }
        let rate = report.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        let rate = rate.and_then(|rate| rate.trim().parse().ok());
        rate.ok_or_else(|| io::Error::other(format!("wrk reports no rate:\n{report}")))
    }

    /// Loads `url` until the result is dropped, whatever is answered.
    pub(super) fn start(self, url: &str) -> io::Result<Loading> {
        let mut wrk = self.command(url, "1h");
        wrk.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Loading(wrk.spawn().map_err(not_started)?))
    }

    fn command(self, url: &str, duration: &str) -> Command {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-d", duration, "-c", &self.clients.to_string()]);
        if let Some(script) = self.script {
            wrk.arg("-s").arg(script);
        }
        wrk.arg(url);
        wrk
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn not_started(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("wrk could not be started: {error}"))
}

/// A load that goes on. It ends when this is dropped.
pub(super) struct Loading(Child);

impl Drop for Loading {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
