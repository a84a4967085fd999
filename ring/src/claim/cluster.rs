//! The nodes that the next assignment is for.

use alloc::vec::Vec;

use twox_hash::XxHash64;

use super::zones::Zones;
use crate::{Member, NodeIndex, ReplicationFactor};

/// What the claim works towards.
pub(super) struct Cluster {
    /// The number of partitions.
    pub(super) partitions: u32,
    /// How many nodes hold each.
    pub(super) copies: usize,
    /// By node.
    pub(super) weights: Vec<u16>,
    /// How copies spread.
    pub(super) zones: Zones,
    /// Of the nodes' ids.
    hashes: Vec<u64>,
}

impl Cluster {
    /// `members` are sorted by id.
    pub(super) fn new(members: &[&Member], partitions: u32, factor: ReplicationFactor) -> Self {
        let copies = factor.capped(members.len());
        let weights = members.iter().map(|member| member.weight.get()).collect();
        let hash = |member: &&Member| XxHash64::oneshot(0, member.id.as_str().as_bytes());
        let zones: Vec<_> = members.iter().map(|member| &member.zone).collect();
        Self {
            partitions,
            copies,
            weights,
            zones: Zones::new(&zones, copies),
            hashes: members.iter().map(hash).collect(),
        }
    }

    /// Every node.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.weights.len()).map(NodeIndex::of)
    }

    /// A lot drawn for `node` at `partition`: which of equals comes first. It depends on
    /// the node's id, not on its number, so it outlives joins and leaves.
    pub(super) fn draw(&self, partition: u32, node: NodeIndex) -> u64 {
        let hash = self.hashes.get(node.get()).copied().unwrap_or_default();
        mix(hash ^ mix(u64::from(partition)))
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the input
/// changes half of the output's.
fn mix(input: u64) -> u64 {
    let mixed = input.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
