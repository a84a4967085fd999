//! The Ringway node: stores keys and serves them over HTTP.
//!
//! `server` takes connections, `routes` says which URL is answered by which of the
//! `handlers`, and `replication` does what they ask with the key's other holders. What a
//! node shares among its requests is a [`Node`].

mod access;
mod agreed;
mod args;
mod auth_mode;
mod auth_set_up;
mod body;
mod certificate_lifetime;
mod change_pace;
mod cli;
mod cluster_ca;
mod cluster_id;
mod cluster_watch;
mod config;
mod coordinator;
mod data_file;
mod desk;
mod disk_id;
mod ending;
mod follower;
mod handlers;
mod haproxy_sync;
mod host_port;
mod inbox;
mod join_token;
mod launcher;
mod let_end;
mod limits;
mod listing;
mod logging;
mod membership;
mod metrics;
mod node;
mod once_a_minute;
mod open_files;
mod open_node_error;
mod opening;
mod peer_carrier;
mod peer_tls_mode;
mod peering;
mod peers;
mod places;
mod private_memory;
mod random_id;
mod raw_target;
mod refusal;
mod replication;
mod ring_plan;
mod ring_status;
mod routes;
mod server;
mod servers;
mod settings_request;
mod store;
mod survey;
mod view_watch;
mod write_condition;

pub use args::{
    Args, BackendArgs, Command, DockerArgs, HaproxySyncArgs, LauncherArgs, NodeArgs, ProcessArgs,
};
pub use auth_mode::AuthMode;
pub use auth_set_up::AuthSetUpError;
pub use certificate_lifetime::{CertificateLifetime, CertificateLifetimeError};
pub use cli::{RingArgs, run_ring};
pub use cluster_ca::{Authority, CaError, ClusterCa, Issued};
pub use cluster_id::ClusterId;
pub use config::{AuthConfig, Config, ConfigError, Start};
pub use disk_id::DiskId;
pub use haproxy_sync::HaproxySync;
pub use host_port::{HostPort, HostPortError};
pub use join_token::{JoinToken, JoinTokenFileError, JoinTokenHash, NoJoinToken};
pub use launcher::{
    BackendConfig, DockerConfig, LaunchError, LaunchedNode, LauncherClient, LauncherConfig,
    LauncherConfigError, LauncherError, LauncherServer, LauncherUrl, LauncherUrlError,
    ProcessConfig, StartNode,
};
pub use limits::Limits;
pub use logging::{LogFormat, start as start_logging};
pub use membership::{
    BadAsk, Bootstrap, Carried, Carrier, Change, Cluster, ClusterBytesError,
    Command as ClusterCommand, Consensus, ConsensusError, ConsensusMetrics, MemberRecord,
    MemberState, Membership, Newcomer, NotCarried, PartitionGroup, ProposeError, Refused, Settings,
    SettingsChange, Target, Vnode,
};
pub use node::Node;
pub use open_node_error::OpenNodeError;
pub use opening::{Listening, OpenNode};
pub use peer_tls_mode::PeerTlsMode;
pub use peering::node_number;
pub use peers::{
    JoinError, JoinFailure, JoinRequest, Joined, PeerTls, PeerTlsError, Secret, SecretError,
    TlsMetrics, join,
};
pub use private_memory::keep_memory_private;
pub use routes::{admin_routes, routes};
pub use server::{OpenServerError, ServeError, Server};
