//! What one round of load comes to.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::process::Command;

use super::balancer::Measured;

/// 2,000 keys in turns, on 32 connections, for two seconds.
const SCRIPT: &str = r#"
local requests, number = {}, 0
init = function()
  for key = 1, 2000 do requests[key] = wrk.format("GET", "/kv/bench:" .. key * 7919) end
end
request = function()
  number = number % 2000 + 1
  return requests[number]
end
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write("counted ", summary.requests, " ", summary.duration, " ", failed, "\n")
end
"#;

/// Odd, so that the median is one of them.
const ROUNDS: usize = 15;

/// wrk, with what it sends.
pub(super) struct Load {
    script: PathBuf,
}

/// What one round came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) requests_per_second: f64,
    /// Microseconds of the proxy's CPU time for a request.
    pub(super) cpu_us: f64,
}

impl Load {
    pub(super) fn new(directory: &TempDir) -> Result<Self, std::io::Error> {
        let script = directory.path().join("load.lua");
        fs::write(&script, SCRIPT)?;
        Ok(Self { script })
    }

    /// Loads both in turns, as often as tells them apart.
    pub(super) async fn turns(
        &self,
        ours: &Measured,
        theirs: &Measured,
    ) -> Result<Vec<(Round, Round)>, Box<dyn Error>> {
        // The first round warms caches and connections, and V8's compiler, and isn't counted.
        self.round(ours).await?;
        self.round(theirs).await?;
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            // Whoever comes first has the better or the worse of a drift; so take turns.
            rounds.push(if number % 2 == 0 {
                let first = self.round(ours).await?;
                (first, self.round(theirs).await?)
            } else {
                let first = self.round(theirs).await?;
                (self.round(ours).await?, first)
            });
        }
        Ok(rounds)
    }

    async fn round(&self, proxy: &Measured) -> Result<Round, Box<dyn Error>> {
        let before = cpu_ns(proxy.process.id())?;
        // Not on the proxy's core, as long as there is another.
        let mut wrk = Command::new("taskset");
        wrk.args(["--cpu-list", "1-1023", "wrk", "-t1", "-c32", "-d2s", "-s"]);
        let output = wrk.arg(&self.script).arg(&proxy.url).output().await?;
        let cpu_ns = cpu_ns(proxy.process.id())? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let counted = text.lines().find_map(|line| line.strip_prefix("counted "));
        let counted: Option<Vec<f64>> =
            counted.and_then(|line| line.split(' ').map(|number| number.parse().ok()).collect());
        match counted.as_deref() {
            Some(&[requests, duration_us, 0.0]) if requests > 0.0 => Ok(Round {
                requests_per_second: requests / duration_us * 1e6,
                cpu_us: cpu_ns / requests / 1e3,
            }),
            _ => Err(format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

/// The nanoseconds that the process has run on a CPU, over all its threads.
pub(in crate::bench) fn cpu_ns(process: u32) -> Result<f64, Box<dyn Error>> {
    let mut sum = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += statistics.split(' ').next().unwrap_or_default().parse::<f64>()?;
    }
    Ok(sum)
}
