//! Which process listens where. All of it is settled before anything starts.

use super::ports::{self, PortBlock};
use super::{Edge, Node, Ports, StackError, StackOptions};

pub(super) fn nodes(
    options: &StackOptions,
    block: &mut PortBlock,
) -> Result<Vec<Node>, StackError> {
    let count = options.members.len();
    let mut nodes = Vec::with_capacity(count);
    for (place, member) in options.members.iter().cloned().enumerate() {
        let port = match options.ports {
            Ports::Free => block.free_port()?,
            Ports::Fixed { first_node, .. } => {
                let port =
                    u16::try_from(place).ok().and_then(|place| first_node.checked_add(place));
                let port =
                    port.ok_or(StackError::PortsExhausted { first: first_node, nodes: count })?;
                free(port, member.id.as_str())?
            }
        };
        nodes.push(Node { member, address: ports::loopback(port), process: None });
    }
    Ok(nodes)
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
        process: None,
    })
}

/// `port`, unless somebody listens there already.
fn free(port: u16, name: &str) -> Result<u16, StackError> {
    if ports::is_free(port) {
        Ok(port)
    } else {
        Err(StackError::PortTaken { name: name.to_owned(), port })
    }
}
