//! Ports that nobody else takes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;

use thiserror::Error;

/// Below the ports that Linux and macOS hand out for outgoing connections (32768 and
/// 49152 upwards): a port found free stays free, and a killed node gets its own again.
const FIRST: u16 = 10_240;
const LAST: u16 = 32_767;
/// How many ports a block has.
const BLOCK: u16 = 64;

/// A block of ports on the loopback interface, held until dropped.
///
/// A block belongs to whoever listens on its first port. That keeps any number of
/// stacks apart, whether in one process or in several, and nothing is left behind when
/// one of them is killed.
#[derive(Debug)]
pub struct PortBlock {
    _claim: TcpListener,
    /// Where the next free port is looked for.
    next: u16,
    end: u16,
}

impl PortBlock {
    /// A block that is nobody's.
    ///
    /// # Errors
    /// When there is none.
    pub fn claim() -> Result<Self, NoFreePort> {
        let blocks = (LAST - FIRST) / BLOCK;
        // Processes that start together begin their search at different places.
        let start = u16::try_from(process::id() % u32::from(blocks)).unwrap_or_default();
        let order = (start..blocks).chain(0..start);
        order.map(|block| FIRST + block * BLOCK).find_map(Self::at).ok_or(NoFreePort)
    }

    fn at(first: u16) -> Option<Self> {
        let claim = TcpListener::bind(loopback(first)).ok()?;
        Some(Self { _claim: claim, next: first + 1, end: first + BLOCK })
    }

    /// The next port of the block that is free.
    ///
    /// # Errors
    /// When there is none.
    pub fn free_port(&mut self) -> Result<u16, NoFreePort> {
        let port = (self.next..self.end).find(|&port| is_free(port)).ok_or(NoFreePort)?;
        self.next = port + 1;
        Ok(port)
    }

    /// The first of `count` ports of the block that it hands out no more. Others may listen on
    /// some of them all the same.
    ///
    /// # Errors
    /// When there are fewer.
    pub(super) fn row(&mut self, count: u16) -> Result<u16, NoFreePort> {
        let first = self.next;
        let next = first + count;
        if next > self.end {
            return Err(NoFreePort);
        }
        self.next = next;
        Ok(first)
    }
}

/// `port` on the loopback interface.
pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Whether nobody listens on `port`.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind(loopback(port)).is_ok()
}

/// All blocks, or all ports of a block, are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no free port was found between {FIRST} and {LAST}")]
pub struct NoFreePort;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_apart_and_a_taken_port_is_passed_over() {
        let mut one = PortBlock::claim().unwrap();
        let mut other = PortBlock::claim().unwrap();
        let first = one.free_port().unwrap();
        let taken = TcpListener::bind(loopback(first + 1)).unwrap();
        assert!(!is_free(first + 1));
        assert!(one.free_port().unwrap() > first + 1);
        drop(taken);
        assert!(first.abs_diff(other.free_port().unwrap()) >= BLOCK - 2);
    }

    #[test]
    fn a_block_ends() {
        let mut block = PortBlock::claim().unwrap();
        let first = block.row(10).unwrap();
        assert!(block.free_port().unwrap() >= first + 10);
        assert_eq!(block.row(BLOCK), Err(NoFreePort));
        let ports: Vec<_> = std::iter::from_fn(|| block.free_port().ok()).collect();
        assert!(ports.len() < usize::from(BLOCK));
        assert_eq!(block.free_port(), Err(NoFreePort));
    }
}
