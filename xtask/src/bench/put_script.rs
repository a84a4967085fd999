//! What makes wrk write.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Distinct keys for every request, 256 bytes each. Without the name of the round, later
/// rounds would replace what earlier ones created.
const PUT: &str = r#"
local count = 0
local body = string.rep("x", 256)
function request()
  count = count + 1
  return wrk.format("PUT", "/kv/ROUND-" .. count, nil, body)
end
"#;

/// A script below `directory` that writes whichever keys, others in each round.
pub(super) fn write(directory: &Path, round: impl Display) -> io::Result<PathBuf> {
    let script = directory.join("put.lua");
    fs::write(&script, PUT.replace("ROUND", &round.to_string()))?;
    Ok(script)
}
