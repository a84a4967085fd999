//! The seam to Envoy: only what is in here names `proxy_wasm`, and it decides nothing.
//!
//! The SDK panics where a host call has a status that it doesn't expect, and a panic
//! costs the VM. None of those used here has one as long as
//! - the capabilities that Envoy's configuration grants cover every call made here: a
//!   restricted call answers `InternalFailure`;
//! - headers are read only in the callback that they belong to, and those of a call's
//!   response only where there are any: a failed call has none, and reading them
//!   answers `BadArgument`;
//! - header values are read as bytes, since the SDK unwraps the conversion to UTF-8.

mod connection;
mod routing;

use std::time::Duration;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::RootContext;
use proxy_wasm::types::{BufferType, LogLevel};

/// How often counters are handed over, and the unit of [`Poll`](crate::Poll)'s pauses.
const TICK: Duration = Duration::from_millis(100);
/// The `root_id` in Envoy's configuration of what counts connections.
const CONNECTIONS: &[u8] = b"connections";

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> {
        // Two plugins share the VM, one among the filters of connections, one among those
        // of requests.
        match hostcalls::get_property(vec!["plugin_root_id"]) {
            Ok(Some(id)) if id == CONNECTIONS => Box::<connection::Root>::default(),
            _ => Box::<routing::Root>::default(),
        }
    });
}}

/// What the operator wrote for this plugin, read by `parse`. What it can't read is logged.
fn configuration<T>(parse: fn(&[u8]) -> Result<T, serde_json::Error>) -> Option<T> {
    match parse(&buffer(BufferType::PluginConfiguration, usize::MAX)) {
        Ok(configuration) => Some(configuration),
        Err(error) => {
            log(LogLevel::Error, &format!("the configuration is not readable: {error}"));
            None
        }
    }
}

fn start_ticking() {
    // Only ever answers Ok, or the SDK has panicked.
    let _ = hostcalls::set_tick_period(TICK);
}

fn buffer(of: BufferType, bytes_max: usize) -> Vec<u8> {
    hostcalls::get_buffer(of, 0, bytes_max).ok().flatten().unwrap_or_default()
}

fn increment(metric: u32, by: u64) {
    if let Ok(by @ 1..) = i64::try_from(by) {
        let _ = hostcalls::increment_metric(metric, by);
    }
}

fn log(level: LogLevel, message: &str) {
    let _ = hostcalls::log(level, message);
}
