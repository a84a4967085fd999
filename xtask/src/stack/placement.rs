//! Which process listens where. All of it is settled before anything starts.

use std::iter::repeat_with;

use ringway_ring::Member;

use super::ports::{self, NoFreePort, PortBlock};
use super::{Edge, HaproxyEdge, Host, Launcher, Node, Ports, StackError, StackOptions};

pub(super) fn nodes(
    options: &StackOptions,
    block: &mut PortBlock,
) -> Result<Vec<Node>, StackError> {
    let hosts = options.hosts.iter().cloned().chain(repeat_with(Host::default));
    let members = options.members.iter().cloned().zip(hosts);
    let Ports::Fixed { first_node, first_peer, first_admin, .. } = options.ports else {
        return members.map(|(member, host)| Ok(anywhere(member, host, block)?)).collect();
    };
    let count = options.members.len();
    let nodes = members.enumerate().map(|(place, (member, host))| {
        let name = member.id.as_str();
        let port = free(following(first_node, place, count)?, name)?;
        let peer_port = free(following(first_peer, place, count)?, name)?;
        let admin_port = free(following(first_admin, place, count)?, name)?;
        Ok(Node { member, host, port, peer_port, admin_port, process: None })
    });
    nodes.collect()
}

/// `member` on `host`, on ports that nobody else has.
pub(super) fn anywhere(
    member: Member,
    host: Host,
    block: &mut PortBlock,
) -> Result<Node, NoFreePort> {
    let (port, peer_port) = (block.free_port()?, block.free_port()?);
    let admin_port = block.free_port()?;
    Ok(Node { member, host, port, peer_port, admin_port, process: None })
}

pub(super) fn edge(options: &StackOptions, block: &mut PortBlock) -> Result<Edge, StackError> {
    let listener = match options.ports {
        Ports::Free => block.free_port()?,
        Ports::Fixed { edge, .. } => free(edge, "envoy")?,
    };
    Ok(Edge {
        listener: ports::loopback(listener),
        admin: ports::loopback(block.free_port()?),
        concurrency: options.concurrency,
        scheme: if options.edge_tls.is_some() { "https" } else { "http" },
        process: None,
    })
}

pub(super) fn haproxy(
    options: &StackOptions,
    block: &mut PortBlock,
) -> Result<HaproxyEdge, StackError> {
    let listener = match options.ports {
        Ports::Free => block.free_port()?,
        Ports::Fixed { haproxy, .. } => free(haproxy, "haproxy")?,
    };
    let [stats, metrics] = [block.free_port()?, block.free_port()?].map(ports::loopback);
    let certificate = options.edge_tls.as_ref().map(|directory| directory.join("edge.pem"));
    HaproxyEdge::new(ports::loopback(listener), stats, metrics, certificate)
}

/// How many ports are set apart for nodes that a launcher starts.
const LAUNCHED: u16 = 10;

pub(super) fn launcher(
    options: &StackOptions,
    block: &mut PortBlock,
) -> Result<Launcher, StackError> {
    let address = ports::loopback(block.free_port()?);
    let (first_port, first_peer_port) = match options.ports {
        Ports::Free => (block.row(LAUNCHED)?, block.row(LAUNCHED)?),
        // After those of the stack's own nodes. It passes over what is taken.
        Ports::Fixed { first_node, first_peer, .. } => {
            let nodes = options.members.len();
            (following(first_node, nodes, nodes)?, following(first_peer, nodes, nodes)?)
        }
    };
    Ok(Launcher { address, first_port, first_peer_port, process: None })
}

/// The port of the node at `place` among `nodes`, where the first has `first`.
fn following(first: u16, place: usize, nodes: usize) -> Result<u16, StackError> {
    let port = u16::try_from(place).ok().and_then(|place| first.checked_add(place));
    port.ok_or(StackError::PortsExhausted { first, nodes })
}

/// `port`, unless somebody listens there already.
fn free(port: u16, name: &str) -> Result<u16, StackError> {
    if ports::is_free(port) {
        Ok(port)
    } else {
        Err(StackError::PortTaken { name: name.to_owned(), port })
    }
}
