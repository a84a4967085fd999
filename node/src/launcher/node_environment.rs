//! What a node that is started is told, wherever it is started.

use std::net::SocketAddr;

use super::StartNode;

/// What the operator of a launcher may set for all its nodes, by its own environment.
pub(super) const PASSED_ON: [&str; 8] = [
    "DATA_FILE_PATH",
    "MAX_VALUE_BYTES",
    "PERSISTENCE_INTERVAL_SECONDS",
    "RINGWAY_ADMIN_HOST",
    "RINGWAY_AUTH",
    "RINGWAY_CERTIFICATE_LIFETIME",
    "RINGWAY_LOG_FORMAT",
    "RINGWAY_PEER_TLS",
];

/// The environment variables that make `ringway node` the node `node`, at `client` and
/// `peer`, and let it find its launcher at `launcher`.
pub(super) fn node_environment(
    node: &StartNode,
    client: SocketAddr,
    peer: SocketAddr,
    launcher: &str,
) -> Vec<(&'static str, String)> {
    let join: Vec<_> = node.join.iter().map(ToString::to_string).collect();
    let mut variables = vec![
        ("SERVER_ID", node.id.to_string()),
        ("PORT", client.port().to_string()),
        ("RINGWAY_PEER_PORT", peer.port().to_string()),
        ("RINGWAY_ADVERTISE", client.ip().to_string()),
        ("RINGWAY_JOIN", join.join(",")),
        ("RINGWAY_WEIGHT", node.weight.get().to_string()),
        ("RINGWAY_LAUNCHER", launcher.to_owned()),
    ];
    if !node.zone.is_unnamed() {
        variables.push(("RINGWAY_ZONE", node.zone.to_string()));
    }
    let passed_on =
        PASSED_ON.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?)));
    variables.extend(passed_on);
    variables
}
