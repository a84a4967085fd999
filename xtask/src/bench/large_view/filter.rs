//! The largest view in Envoy's filter.

use std::error::Error;
use std::fs;
use std::time::Duration;

use ringway_ring::View;

use super::{SIZE, view};
use crate::artifacts::{Artifacts, Profile};
use crate::bench::Figure;
use crate::bench::edge::{Backends, Balancer, cpu_ns};
use crate::group::Group;

const UPDATES: u32 = 10;
/// Longer than a node holds the filter's question, so that every VM has taken each update.
const BETWEEN: Duration = Duration::from_secs(2);

/// What Envoy with one worker, all its VMs together, takes for it: the processor's time for an
/// update, beside what it takes while nothing changes, and memory, beside what it has with the
/// view of five nodes.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let artifacts = Artifacts::get(Profile::Release, true).await?.edge;
    let artifacts = artifacts.ok_or("there is no Envoy")?;
    let (directory, group) = (tempfile::tempdir()?, Group::new()?);
    let backends = Backends::start().await?;
    let envoy = Balancer::Filter.start(&artifacts, &backends, &directory, &group).await?;
    let process = envoy.process.id();
    let view = view()?;

    let (memory, start) = (resident_kib(process)?, cpu_ns(process)?);
    tokio::time::sleep(BETWEEN * UPDATES).await;
    let calm = cpu_ns(process)? - start;
    let mut epoch = view.epoch();
    let start = cpu_ns(process)?;
    for _ in 0..UPDATES {
        epoch = epoch.next();
        let (nodes, assignment) = (view.nodes().to_vec(), view.assignment().clone());
        let factor = view.replication_factor();
        backends.publish(&View::new(epoch, factor, nodes, assignment, Vec::new())?);
        tokio::time::sleep(BETWEEN).await;
    }
    let busy = cpu_ns(process)? - start;
    let grown = resident_kib(process)? - memory;
    if backends.told_last() == 0 {
        return Err("Envoy has not taken the last view".into());
    }
    let update_ms = (busy - calm) / f64::from(UPDATES) / 1e6;
    Ok(vec![
        Figure::comparison(
            format!("view, {SIZE}, Envoy's CPU time for an update"),
            format!("{update_ms:.1} ms"),
        ),
        Figure::comparison(
            format!("view, {SIZE}, Envoy's memory for it"),
            format!("{:.1} MiB", grown / 1024.0),
        ),
    ])
}

/// What of the process is in memory.
fn resident_kib(process: u32) -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("the system does not say how much memory a process has")?.trim().parse()?)
}
