//! Which server is meant, and by whom it is run.

use std::collections::BTreeSet;

use ringway_ring::NodeId;

use super::ServersError;
use crate::membership::Cluster;
use crate::node::Node;

/// The server of `cluster` that listens for clients on `port`.
///
/// # Errors
/// When there is none, or more than one, each on an address of its own.
pub(crate) fn on_port(cluster: &Cluster, port: u16) -> Result<NodeId, ServersError> {
    let mut found = cluster.members().iter().filter(|(_, member)| member.client.port() == port);
    match (found.next(), found.next()) {
        (Some((id, _)), None) => Ok(id.clone()),
        (None, _) => Err(ServersError::NobodyOnPort { port }),
        _ => Err(ServersError::ManyOnPort { port }),
    }
}

/// Those that the launcher runs. Nobody, where that can't be found out: it is a preference.
pub(crate) async fn those_launched(node: &Node) -> BTreeSet<NodeId> {
    let Some(launcher) = &node.launcher else { return BTreeSet::new() };
    match launcher.list().await {
        Ok(running) => running.into_iter().map(|node| node.id).collect(),
        Err(error) => {
            tracing::warn!(%error, "it is not known which nodes the launcher runs");
            BTreeSet::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::sample::{cluster_of, id};

    #[test]
    fn a_port_names_a_server_unless_others_have_it_too() {
        let mut cluster = cluster_of(&["n1", "n2"]);
        let port = cluster.members()[&id("n1")].client.port();
        assert_eq!(on_port(&cluster, port).unwrap_err().code(), "ambiguous_port");
        assert_eq!(on_port(&cluster, 7).unwrap_err().code(), "no_server_on_port");
        let member = &cluster.members()[&id("n2")];
        let command = crate::membership::Command::Address {
            node: id("n2"),
            disk: member.disk,
            client: "10.0.0.1:7".parse().unwrap(),
            peer: member.peer,
        };
        cluster.apply(command).unwrap();
        assert_eq!(on_port(&cluster, 7).unwrap(), id("n2"));
    }
}
