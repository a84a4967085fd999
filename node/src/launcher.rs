//! `ringway launcher`: a service of its own that starts and stops nodes, so that nodes need
//! not be able to.
//!
//! It does what it is told and decides nothing: which nodes there should be is the
//! cluster's business. It is told over HTTP, by whoever proves that they know the cluster's
//! secret:
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /nodes` with a [`StartNode`] | 201 and a [`LaunchedNode`], once it answers |
//! | `DELETE /nodes/{id}?keep_data=true` | 204, once it is gone |
//! | `GET /nodes`, or `GET /nodes?port=8083` for those whose client port it is | a list of [`LaunchedNode`]s |
//!
//! Whatever it refuses, it refuses with a sentence and a `code`, and leaves nothing
//! half-started behind.

mod backend;
mod client;
mod config;
mod docker;
#[cfg(test)]
mod fake;
mod heartbeat;
mod launch_error;
mod launched_node;
mod launcher_url;
mod node_environment;
mod process;
mod server;
mod service;
mod start_node;
mod token;

pub use self::client::{LauncherClient, LauncherError};
pub use self::config::{BackendConfig, LauncherConfig, LauncherConfigError};
use self::docker::DockerBackend;
pub use self::docker::DockerConfig;
#[cfg(test)]
pub(crate) use self::fake::FakeLauncher;
pub use self::launch_error::LaunchError;
pub use self::launched_node::LaunchedNode;
pub use self::launcher_url::{LauncherUrl, LauncherUrlError};
use self::process::ProcessBackend;
pub use self::process::ProcessConfig;
pub use self::server::LauncherServer;
pub use self::start_node::StartNode;
