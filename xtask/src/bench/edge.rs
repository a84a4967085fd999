//! Either edge with the ring against the same proxy with its own hashing, on the same keys.
//!
//! The two proxies, one worker each, stand before the same five backends and are loaded in
//! turns. The proxy has one core for itself; the load and the backends share the others, so
//! that it is the proxy that is measured. Requests per second feel whatever else the machine
//! does; CPU time per request feels it far less.

mod backend;
mod balancer;
mod cut;
mod failover;
mod haproxy;
mod load;
mod news;
mod swap;
mod trial;

pub(super) use backend::Backends;
pub(super) use balancer::Balancer;
pub(super) use failover::measure as failover;
pub(super) use load::cpu_ns;
pub(super) use news::measure as news;
pub(super) use swap::measure as swap;

use std::error::Error;

use super::Figure;
use super::median::median;
use crate::artifacts::{Artifacts, Profile};
use crate::group::Group;
use crate::setup;
use haproxy::Chooser;
use load::{Load, Round};

/// Envoy: both ratios, and the two CPU times behind the second.
pub(super) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let artifacts = Artifacts::get(Profile::Release, true).await?.edge;
    let artifacts = artifacts.ok_or("there is no Envoy")?;
    let directory = tempfile::tempdir()?;
    let group = Group::new()?;
    let backends = Backends::start().await?;
    let start = async |by: Balancer| by.start(&artifacts, &backends, &directory, &group).await;
    let filter = start(Balancer::Filter).await?;
    let native = start(Balancer::RingHash).await?;
    let rounds = Load::new(&directory)?.turns(&filter, &native).await?;

    let middle = |value| middle(&rounds, value);
    let rate = middle(|(ours, theirs)| ours.requests_per_second / theirs.requests_per_second);
    let cpu = middle(|(ours, theirs)| theirs.cpu_us / ours.cpu_us);
    let (ours, theirs) = (middle(|round| round.0.cpu_us), middle(|round| round.1.cpu_us));
    let detail = format!("{cpu:.2} ({theirs:.1} µs against {ours:.1} µs)");
    Ok(vec![
        Figure::at_least("edge: requests/s, filter ÷ native ring_hash", rate, 0.88, ""),
        Figure::comparison("edge: the same by Envoy's CPU per request", detail),
    ])
}

/// HAProxy: its CPU time per request, and requests per second for comparison.
pub(super) async fn haproxy() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let directory = tempfile::tempdir()?;
    let group = Group::new()?;
    let backends = Backends::start().await?;
    let start = async |by: Chooser| by.start(&backends, &directory, &group).await;
    let (ring, native) = (start(Chooser::Ring).await?, start(Chooser::Consistent).await?);
    let rounds = Load::new(&directory)?.turns(&ring.haproxy, &native.haproxy).await?;

    let middle = |value| middle(&rounds, value);
    let cpu = middle(|(ours, theirs)| ours.cpu_us / theirs.cpu_us);
    let rate = middle(|(ours, theirs)| ours.requests_per_second / theirs.requests_per_second);
    let (ours, theirs) = (middle(|round| round.0.cpu_us), middle(|round| round.1.cpu_us));
    let detail = format!("{ours:.1} µs against {theirs:.1} µs, {rate:.2} of the requests/s");
    let name = "edge: HAProxy's CPU per request, ring ÷ hash-type consistent";
    Ok(vec![
        Figure::at_most(name, cpu, 1.20, ""),
        Figure::comparison("edge: the same in microseconds", detail),
    ])
}

fn middle(rounds: &[(Round, Round)], value: fn(&(Round, Round)) -> f64) -> f64 {
    median(&mut rounds.iter().map(value).collect::<Vec<_>>())
}
