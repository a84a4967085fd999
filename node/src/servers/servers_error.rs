//! Why servers were not added, removed or ended.

use http::{HeaderValue, StatusCode};
use ringway_ring::{NodeId, NodeIdError, ReplicationFactor};
use thiserror::Error;

use crate::launcher::LauncherError;
use crate::membership::Refused;

/// When to ask again where it is not known how long a change of the ring takes.
const SOME_SECONDS: u64 = 60;

/// Why servers were not added, removed or ended. The ring is as it was.
#[derive(Debug, Error)]
pub(crate) enum ServersError {
    /// The body can't be read.
    #[error("the body is not what this path takes: {0}")]
    Body(#[source] serde_json::Error),
    /// Nobody, or too many at once.
    #[error("n is {n}, and must be from 1 to {most}")]
    Count {
        /// How many were asked for.
        n: u64,
        /// How many can be.
        most: u64,
    },
    /// More names than servers.
    #[error("there are {names} hostnames, and n is only {n}")]
    TooManyNames {
        /// How many names.
        names: usize,
        /// How many servers.
        n: u64,
    },
    /// It can't be a name.
    #[error(transparent)]
    BadName(#[from] NodeIdError),
    /// One server can't be two.
    #[error("{id} is named twice")]
    NamedTwice {
        /// The name.
        id: NodeId,
    },
    /// Somebody is called so.
    #[error("there is a server {id} already")]
    NameTaken {
        /// The name.
        id: NodeId,
    },
    /// Nobody is called so.
    #[error("there is no server {id}")]
    NoSuchServer {
        /// The name.
        id: NodeId,
    },
    /// Nobody listens there.
    #[error("no server listens for clients on port {port}")]
    NobodyOnPort {
        /// The port.
        port: u16,
    },
    /// The port doesn't say which.
    #[error("several servers listen on port {port}, on addresses of their own: say ?hostname=")]
    ManyOnPort {
        /// The port.
        port: u16,
    },
    /// Each key is to have its copies.
    #[error("{left} servers would be left in the ring, and each key has {copies} copies")]
    TooFewLeft {
        /// How many would be left.
        left: usize,
        /// The replication factor.
        copies: ReplicationFactor,
    },
    /// Nobody starts servers here.
    #[error(
        "this cluster has no launcher that could start servers: run `ringway launcher`, and start \
         the nodes with --launcher URL (RINGWAY_LAUNCHER)"
    )]
    NoLauncher,
    /// The launcher doesn't, or can't.
    #[error(transparent)]
    Launcher(#[from] LauncherError),
    /// It was started, and the cluster has not taken it in.
    #[error("{id} was started and did not join the cluster; it is stopped again")]
    NotJoined {
        /// Which one.
        id: NodeId,
    },
    /// Another change of the ring was waited for, and goes on.
    #[error(
        "{why}. This one waited, and was given up: no server has come or gone; ask again in about \
         {} s",
        in_about(*.seconds)
    )]
    RingChanging {
        /// What the cluster says of it.
        why: Refused,
        /// About how long it takes yet, where that is known.
        seconds: Option<u64>,
    },
    /// It can't be told.
    #[error("{id} can't be reached from this node, nor does a launcher run it")]
    Unreachable {
        /// Which one.
        id: NodeId,
    },
    /// It was told, and goes on.
    #[error("{id} was asked to end, and still answers")]
    StillThere {
        /// Which one.
        id: NodeId,
    },
}

impl ServersError {
    /// The status that says it to HTTP.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Body(_)
            | Self::Count { .. }
            | Self::TooManyNames { .. }
            | Self::BadName(_)
            | Self::NamedTwice { .. }
            | Self::NameTaken { .. }
            | Self::NoSuchServer { .. }
            | Self::TooFewLeft { .. } => StatusCode::BAD_REQUEST,
            Self::NobodyOnPort { .. } => StatusCode::NOT_FOUND,
            Self::ManyOnPort { .. } | Self::RingChanging { .. } => StatusCode::CONFLICT,
            Self::NoLauncher => StatusCode::NOT_IMPLEMENTED,
            Self::Launcher(error) => match error {
                LauncherError::Unreachable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                // What it lacks, its operator can give it.
                LauncherError::Refused { status, .. }
                    if matches!(
                        *status,
                        StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE
                    ) =>
                {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                LauncherError::Refused { .. } | LauncherError::NoLauncher { .. } => {
                    StatusCode::BAD_GATEWAY
                }
            },
            Self::NotJoined { .. } | Self::Unreachable { .. } | Self::StillThere { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The stable name of this error; of what a launcher refuses, that launcher's.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Body(_) => "bad_servers_request",
            Self::Count { .. } => "bad_count",
            Self::TooManyNames { .. } => "too_many_hostnames",
            Self::BadName(_) | Self::NamedTwice { .. } => "bad_hostname",
            Self::NameTaken { .. } => "hostname_taken",
            Self::NoSuchServer { .. } => "no_such_server",
            Self::NobodyOnPort { .. } => "no_server_on_port",
            Self::ManyOnPort { .. } => "ambiguous_port",
            Self::TooFewLeft { .. } => "too_few_left",
            Self::NoLauncher => "no_launcher",
            Self::Launcher(LauncherError::Unreachable { .. }) => "launcher_unreachable",
            Self::Launcher(LauncherError::NoLauncher { .. }) => "not_a_launcher",
            Self::Launcher(LauncherError::Refused { code, .. }) => code,
            Self::NotJoined { .. } => "server_not_joined",
            Self::RingChanging { .. } => "ring_changing",
            Self::Unreachable { .. } => "server_unreachable",
            Self::StillThere { .. } => "server_still_there",
        }
    }

    /// In how many seconds it may succeed.
    pub(crate) fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::RingChanging { seconds, .. } => Some(in_about(*seconds).into()),
            _ => None,
        }
    }
}

fn in_about(seconds: Option<u64>) -> u64 {
    seconds.unwrap_or(SOME_SECONDS).max(1)
}
