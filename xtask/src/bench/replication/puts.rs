//! Writes of 256 bytes, each to a key of its own.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CLIENTS;
use crate::bench::wrk::Load;

/// Without the round, later rounds would replace what earlier ones have created.
const ANY_KEY: &str = r#"
local count = 0
local body = string.rep("x", 256)
function request()
  count = count + 1
  return wrk.format("PUT", "/kv/ROUND-" .. count, nil, body)
end
"#;

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

/// A script below `directory` that writes whichever keys, others in each round.
pub(super) fn script(directory: &Path, round: usize) -> io::Result<PathBuf> {
    let script = directory.join("put.lua");
    fs::write(&script, ANY_KEY.replace("ROUND", &round.to_string()))?;
    Ok(script)
}

/// How many of whichever keys a second `url` takes.
pub(super) fn rate(directory: &Path, url: &str, round: usize) -> Result<f64, Box<dyn Error>> {
    let script = script(directory, round)?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}

/// How many of `keys` a second `url` takes.
pub(super) fn rate_of(directory: &Path, url: &str, keys: &[String]) -> Result<f64, Box<dyn Error>> {
    let script = directory.join("put.lua");
    fs::write(&script, THESE_KEYS.replace("KEYS", &keys.join(" ")))?;
    Ok(Load { clients: CLIENTS, script: Some(&script) }.requests_per_second(url)?)
}
