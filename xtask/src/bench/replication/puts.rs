//! Writes of 256 bytes, each to a key of its own.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::CLIENTS;
use crate::bench::put_script;
use crate::bench::wrk::Load;

/// The keys in turns.
const THESE_KEYS: &str = r#"
local count, keys = 0, {}
local body = string.rep("x", 256)
for key in ("KEYS"):gmatch("%S+") do keys[#keys + 1] = key end
function request()
  count = count % #keys + 1
  return wrk.format("PUT", "/kv/" .. keys[count], nil, body)
end
"#;

/// How many of whichever keys a second `url` takes.
pub(super) fn rate(directory: &Path, url: &str, round: usize) -> Result<f64, Box<dyn Error>> {
    let script = put_script::write(directory, round)?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}

/// How many of `keys` a second `url` takes.
pub(super) fn rate_of(directory: &Path, url: &str, keys: &[String]) -> Result<f64, Box<dyn Error>> {
    let script = directory.join("put.lua");
    fs::write(&script, THESE_KEYS.replace("KEYS", &keys.join(" ")))?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}
