//! Writes to three nodes against writes to one.

use std::error::Error;

use super::{CLIENTS, puts, ratios, stack};
use crate::bench::Figure;
use crate::setup;

const NODES: u16 = 5;

/// Two stacks that differ in the replication factor, loaded through Envoy in turns.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let (three, one) =
        (stack(NODES, &[]).await?, stack(NODES, &["--replication-factor", "1"]).await?);
    let rate =
        |of: &crate::stack::Stack, round| puts::rate(of.directory(), &of.edge().url(), round);
    let all = ratios(|round| rate(&three, round), |round| rate(&one, round))?;
    let name = format!("PUT/s through Envoy, {CLIENTS} clients, RF 3 ÷ RF 1");
    Ok(all.at_least(name, 0.45, ""))
}
