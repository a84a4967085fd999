//! The present assignment, in terms of the next one's nodes.

use alloc::vec::Vec;

use crate::{Assignment, Member, NodeIndex};

/// Who holds what at present, of those who stay.
pub(super) struct Before {
    length: usize,
    /// The lists, one after the other; nobody where the holder has left.
    lists: Vec<Option<NodeIndex>>,
}

impl Before {
    /// `members` are sorted by id.
    pub(super) fn of(present: &Assignment, members: &[&Member]) -> Self {
        let index_of = |id| members.binary_search_by(|member| member.id.cmp(id)).ok();
        let stays: Vec<Option<NodeIndex>> =
            present.nodes().iter().map(|id| index_of(id).map(NodeIndex::of)).collect();
        let lists = present.lists().flatten().map(|old| stays.get(old.get()).copied().flatten());
        Self { length: present.list_length(), lists: lists.collect() }
    }

    #[cfg(all(test, not(target_family = "wasm")))]
    pub(super) fn from_lists(length: usize, lists: Vec<Option<NodeIndex>>) -> Self {
        Self { length, lists }
    }

    /// Those who hold `partition` and stay, in the order of its preference list.
    pub(super) fn holders(&self, partition: u32) -> impl Iterator<Item = NodeIndex> {
        self.list(partition).iter().copied().flatten()
    }

    /// The place of `node` in the preference list of `partition`.
    pub(super) fn place(&self, partition: u32, node: NodeIndex) -> Option<usize> {
        self.list(partition).iter().position(|&holder| holder == Some(node))
    }

    /// The primary of `partition`, if it stays.
    pub(super) fn primary(&self, partition: u32) -> Option<NodeIndex> {
        self.list(partition).first().copied().flatten()
    }

    fn list(&self, partition: u32) -> &[Option<NodeIndex>] {
        let start = partition as usize * self.length;
        self.lists.get(start..start + self.length).unwrap_or_default()
    }
}
