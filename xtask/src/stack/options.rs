//! What a stack is started with.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use ringway_ring::{Member, NodeId, Weight, Zone};

use super::Host;
use crate::artifacts::Profile;

/// Where the stack listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Wherever nobody else does.
    Free,
    /// Where the user says.
    Fixed {
        /// Envoy's listener.
        edge: u16,
        /// HAProxy's listener.
        haproxy: u16,
        /// The first node's for clients; the others follow.
        first_node: u16,
        /// The first node's for the other nodes; the others follow.
        first_peer: u16,
        /// The first node's for edges and monitoring; the others follow.
        first_admin: u16,
    },
}

/// What a stack is started with.
#[allow(clippy::struct_excessive_bools, reason = "each says of one thing whether it is there")]
#[derive(Clone, Debug)]
pub struct StackOptions {
    /// The nodes.
    pub members: Vec<Member>,
    /// How the nodes are compiled.
    pub profile: Profile,
    /// Where data and logs go; a temporary directory where nothing is said.
    pub directory: Option<PathBuf>,
    /// Where the nodes run, in their order; those that it does not name, on the loopback
    /// interface.
    pub hosts: Vec<Host>,
    /// Where to listen.
    pub ports: Ports,
    /// Whether Envoy runs too.
    pub edge: bool,
    /// Whether HAProxy runs too.
    pub haproxy: bool,
    /// Whether a launcher runs too, which starts and stops further nodes as processes.
    pub launcher: bool,
    /// Envoy's worker threads.
    pub concurrency: NonZeroU16,
    /// Where Envoy asks for view and endpoints, if not at the nodes.
    pub control: Option<Vec<SocketAddr>>,
    /// How many partitions may move at once; nothing: as many as a cluster lets by default.
    pub moving_max: Option<NonZeroU16>,
    /// The file with the first admin's password, where clients need tokens; nothing where they
    /// don't.
    pub admin_password: Option<PathBuf>,
    /// Where clients speak TLS with the edges, the directory with `certificate.pem` and `key.pem`,
    /// as Envoy reads them, both in `edge.pem`, as HAProxy does, and the authority's `ca.pem`.
    pub edge_tls: Option<PathBuf>,
    /// Whether the nodes speak TLS with each other.
    pub peer_tls: bool,
    /// Further flags for every node.
    pub node_arguments: Vec<String>,
}

impl StackOptions {
    /// As the tests run it: the nodes n1 to n`nodes`, and Envoy with one worker. Rings change
    /// quickly there, which costs clients more than a slow change.
    #[must_use]
    pub fn of(nodes: u16) -> Self {
        Self {
            members: (1..=nodes).filter_map(numbered).collect(),
            profile: Profile::Dev,
            directory: None,
            hosts: Vec::new(),
            ports: Ports::Free,
            edge: true,
            haproxy: false,
            launcher: false,
            concurrency: NonZeroU16::MIN,
            control: None,
            moving_max: NonZeroU16::new(512),
            admin_password: None,
            edge_tls: None,
            peer_tls: false,
            node_arguments: Vec::new(),
        }
    }
}

fn numbered(number: u16) -> Option<Member> {
    let id: NodeId = format!("n{number}").parse().ok()?;
    Some(Member { id, zone: Zone::default(), weight: Weight::ONE })
}

#[cfg(test)]
mod tests {
    use super::StackOptions;

    #[test]
    fn nodes_are_numbered_from_one() {
        let ids = StackOptions::of(3).members.into_iter().map(|member| member.id.to_string());
        assert_eq!(ids.collect::<Vec<_>>(), ["n1", "n2", "n3"]);
    }
}
