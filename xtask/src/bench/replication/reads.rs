//! Reads that a majority confirms against reads of whichever copy is at hand.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::{CLIENTS, led, ratios, stack};
use crate::bench::Figure;
use crate::bench::wrk::Load;
use crate::setup;

const NODES: u16 = 5;
/// Few enough to be in every cache, and of many partitions.
const KEYS: usize = 500;
const VALUE: &str = "0123456789abcdef";

/// GETs of the keys one after the other.
const SCRIPT: &str = r#"
local requests, number = {}, 0
local targets = { TARGETS }
init = function()
  for place, target in ipairs(targets) do requests[place] = wrk.format("GET", target) end
end
request = function()
  number = number % #requests + 1
  return requests[number]
end
"#;

/// Directly at the node that leads the keys: what Envoy costs would hide the difference.
/// Through Envoy too, for comparison, as clients see it.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let stack = stack(NODES, &[]).await?;
    let view = stack.view().await?;
    let Some(node) = stack.nodes().first() else { return Err("there is no node".into()) };
    let led: Vec<_> = led::keys(&view, node.id(), "read").take(KEYS).collect();
    let client = reqwest::Client::builder().no_proxy().build()?;
    for key in &led {
        let put = client.put(format!("{}/kv/{key}", node.url())).body(VALUE).send().await?;
        put.error_for_status()?;
    }
    let rate = |url: &str, query: &str| gets(stack.directory(), url, &led, query);
    let mut figures = Vec::new();
    for (how, url) in [("at the node", node.url()), ("through Envoy", stack.edge().url())] {
        let all = ratios(|_| rate(&url, ""), |_| rate(&url, "?consistency=one"))?;
        let name = format!("GET/s {how}, {CLIENTS} clients, linearizable ÷ consistency=one");
        figures.extend(all.at_least(name, 0.6, ""));
    }
    Ok(figures)
}

fn gets(directory: &Path, url: &str, keys: &[String], query: &str) -> Result<f64, Box<dyn Error>> {
    let targets: Vec<_> = keys.iter().map(|key| format!("\"/kv/{key}{query}\"")).collect();
    let script = directory.join("get.lua");
    fs::write(&script, SCRIPT.replace("TARGETS", &targets.join(", ")))?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}
