//! The names of nodes, as small numbers.

use std::cell::RefCell;
use std::sync::Arc;

/// Which node of a thread's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeNumber(pub(crate) u16);

/// The names of the nodes that have answered this thread, by order of appearance: a request is
/// counted under a number, not under a string made anew.
#[derive(Debug, Default)]
pub(crate) struct NodeTable(RefCell<Vec<Arc<str>>>);

impl NodeTable {
    /// Who sends ever new names can't make it grow without bound.
    const MAX: usize = 1024;

    /// `None` for what is no name.
    pub(crate) fn number(&self, name: &[u8]) -> Option<NodeNumber> {
        let mut names = self.0.borrow_mut();
        let known = names.iter().position(|known| known.as_bytes() == name);
        let number = match known {
            Some(number) => number,
            None if names.len() < Self::MAX => {
                names.push(std::str::from_utf8(name).ok()?.into());
                names.len() - 1
            }
            None => return None,
        };
        u16::try_from(number).ok().map(NodeNumber)
    }

    /// By number.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.0.borrow().clone()
    }
}
