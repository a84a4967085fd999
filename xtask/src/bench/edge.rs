//! Envoy with the filter against Envoy with its own `ring_hash`, on the same keys.
//!
//! Two Envoys, one worker each, stand before the same five backends and are loaded in
//! turns. Envoy has one core for itself; the load and the backends share the others, so
//! that it is Envoy that is measured. Requests per second feel whatever else the machine
//! does; CPU time per request feels it far less.

mod backend;
mod balancer;
mod load;

use std::error::Error;

use super::Figure;
use super::median::median;
use crate::artifacts::{Artifacts, Profile};
use crate::group::Group;
use crate::setup;
use load::{Load, Round};

pub(super) use backend::Backends;
pub(super) use balancer::Balancer;
pub(super) use load::cpu_ns;

/// Odd, so that the median is one of them.
const ROUNDS: usize = 15;

/// Both ratios, and the two CPU times behind the second.
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
    let load = Load::new(&directory)?;

    // The first round warms caches, connections and V8's compiler, and isn't counted.
    load.round(&filter).await?;
    load.round(&native).await?;
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        // Whoever comes first has the better or the worse of a drift; so take turns.
        let (ours, theirs);
        if number % 2 == 0 {
            ours = load.round(&filter).await?;
            theirs = load.round(&native).await?;
        } else {
            theirs = load.round(&native).await?;
            ours = load.round(&filter).await?;
        }
        rounds.push((ours, theirs));
    }
    Ok(figures(&rounds))
}

fn figures(rounds: &[(Round, Round)]) -> Vec<Figure> {
    let middle = |value: fn(&(Round, Round)) -> f64| {
        median(&mut rounds.iter().map(value).collect::<Vec<_>>())
    };
    let rate = middle(|(ours, theirs)| ours.requests_per_second / theirs.requests_per_second);
    let cpu = middle(|(ours, theirs)| theirs.cpu_us / ours.cpu_us);
    let (ours, theirs) = (middle(|round| round.0.cpu_us), middle(|round| round.1.cpu_us));
    let detail = format!("{cpu:.2} ({theirs:.1} µs against {ours:.1} µs)");
    vec![
        Figure::at_least("edge: requests/s, filter ÷ native ring_hash", rate, 0.88, ""),
        Figure::comparison("edge: the same by Envoy's CPU per request", detail),
    ]
}
