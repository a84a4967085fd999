//! `ringway bench` against wrk, on the same key of the same node: whether the load tester
//! measures the cluster or itself.
//!
//! Compared is what a core of the tester can send, which is requests by the CPU time that it
//! took: how fast the node answers, and what else the machine does, is no part of that.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Figure;
use super::median::median;
use super::program::Program;
use crate::artifacts::{Artifacts, Profile};
use crate::setup;

/// Odd, so that the median is one of them.
const ROUNDS: usize = 9;
const CLIENTS: &str = "32";
const DURATION: &str = "2s";
/// The first key that `ringway bench` makes.
const KEY: &str = "/kv/bench/0000000000";

/// The ratio.
pub(super) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let ringway = Artifacts::get(Profile::Release, false).await?.node;
    let directory = tempfile::tempdir()?;
    let node = Program::start_node(&ringway, &directory.path().join("data"))?;
    let mut first = bench(&ringway, node.url());
    succeeded(first.args(["--num-clients", "1", "--num-requests", "1"]))?;

    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        // Each goes first in turn: a machine that slows down favours neither.
        let (ours, theirs) = if round % 2 == 0 {
            let ours = ours(&ringway, node.url())?;
            (ours, theirs(node.url())?)
        } else {
            let theirs = theirs(node.url())?;
            (ours(&ringway, node.url())?, theirs)
        };
        ratios.push(ours / theirs);
    }
    let name = "GET/s a core of the load, ringway bench ÷ wrk";
    Ok(vec![Figure::at_least(name, median(&mut ratios), 0.8, "")])
}

fn bench(ringway: &Path, url: &str) -> Command {
    let mut bench = Command::new(ringway);
    bench.args(["bench", "--base-url", url, "--keys", "1", "--read-percentage", "100", "--json"]);
    bench
}

/// Requests by CPU time, in clock ticks.
fn ours(ringway: &Path, url: &str) -> Result<f64, Box<dyn Error>> {
    let mut bench = bench(ringway, url);
    bench.args(["--threads", "1", "--num-clients", CLIENTS, "--duration", DURATION]);
    let before = ticks_of_ended_children()?;
    let report: Value = serde_json::from_str(&succeeded(bench.arg("--skip-load"))?)?;
    let ticks = ticks_of_ended_children()? - before;
    let requests = report.get("requests").and_then(Value::as_f64);
    Ok(requests.ok_or("ringway bench tells no requests")? / ticks)
}

/// Likewise.
fn theirs(url: &str) -> Result<f64, Box<dyn Error>> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c", CLIENTS, "-d", DURATION]).arg(format!("{url}{KEY}"));
    let before = ticks_of_ended_children()?;
    let report = succeeded(&mut wrk)?;
    let ticks = ticks_of_ended_children()? - before;
    if report.contains("Non-2xx") || report.contains("Socket errors") {
        return Err(format!("not all went well:\n{report}").into());
    }
    let line = report.lines().find_map(|line| line.split_once(" requests in "));
    let requests: Option<f64> = line.and_then(|(number, _)| number.trim().parse().ok());
    Ok(requests.ok_or("wrk reports no requests")? / ticks)
}

/// What it prints, if it exits with 0.
fn succeeded(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The CPU time of all children that were waited for: `cutime` and `cstime` of proc(5).
fn ticks_of_ended_children() -> Result<f64, Box<dyn Error>> {
    let statistics = fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name, which may contain anything, in brackets.
    let (_, fields) = statistics.rsplit_once(')').ok_or("/proc/self/stat has no name in it")?;
    let times: Vec<f64> =
        fields.split_whitespace().skip(13).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(times.iter().sum())
}
