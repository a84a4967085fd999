//! Writes where the nodes speak TLS with each other, against writes where they do not.

use std::error::Error;

use super::{CLIENTS, options, puts, ratios};
use crate::bench::Figure;
use crate::setup;
use crate::stack::{Stack, StackOptions};

const NODES: u16 = 3;

/// Two stacks that differ in what their nodes speak, loaded through Envoy in turns.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let of = |peer_tls| StackOptions { peer_tls, ..options(NODES, &[]) };
    let (with, without) = (Stack::start(of(true)).await?, Stack::start(of(false)).await?);
    let rate = |of: &Stack, round| puts::rate(of.directory(), &of.edge().url(), round);
    let all = ratios(|round| rate(&with, round), |round| rate(&without, round))?;
    let name = format!("PUT/s through Envoy, {CLIENTS} clients, RF 3, with mTLS ÷ without");
    Ok(all.at_least(name, 0.80, ""))
}
