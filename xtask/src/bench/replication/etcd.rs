//! Writes against those of etcd, which like this keeps three copies, each on its disk.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::etcd_cluster::EtcdCluster;
use super::{CLIENTS, ROUNDS, led, puts, ratios, stack};
use crate::bench::Figure;
use crate::bench::wrk::Load;
use crate::setup;

/// As many as etcd has.
const NODES: u16 = 3;
/// More than are written in a round.
const KEYS: usize = 60_000;

/// What the gateway takes: keys and values in base64. Twelve and four digits are nine and
/// three bytes of it as they stand.
const SCRIPT: &str = r#"
local count = 0
local value = string.rep("eHh4", 85) .. "eA=="
local headers = { ["content-type"] = "application/json" }
function request()
  count = count + 1
  local key = string.format("%04d%012d", ROUND, count)
  local body = '{"key":"' .. key .. '","value":"' .. value .. '"}'
  return wrk.format("POST", "/v3/kv/put", headers, body)
end
"#;

/// Each at the node that leads what is written: of ours one leads all of these keys too. Ours
/// through Envoy, for comparison, as clients write.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let etcd = EtcdCluster::start(&setup::etcd().await?)?;
    let leader = etcd.leader().await?;
    let stack = stack(NODES, &[]).await?;
    let (view, directory) = (stack.view().await?, stack.directory());
    let Some(node) = stack.nodes().first() else { return Err("there is no node".into()) };
    let ours = |round: usize| {
        let keys: Vec<_> = led::keys(&view, node.id(), &round.to_string()).take(KEYS).collect();
        puts::rate_of(directory, &node.url(), &keys)
    };
    let all = ratios(ours, |round| etcd_rate(directory, &leader, round))?;
    let name = format!("PUT/s, RF 3, {CLIENTS} clients, 256 bytes ÷ three-member etcd");
    let mut figures = all.at_least(name, 3.0, "×");
    let through_envoy = puts::rate(directory, &stack.edge().url(), ROUNDS + 1)?;
    figures.push(Figure::comparison("… ours through Envoy", format!("{through_envoy:.0}/s")));
    Ok(figures)
}

fn etcd_rate(directory: &Path, url: &str, round: usize) -> Result<f64, Box<dyn Error>> {
    let script = directory.join("etcd.lua");
    fs::write(&script, SCRIPT.replace("ROUND", &round.to_string()))?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}
