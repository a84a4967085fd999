//! Preference lists in few bytes: every index in as many bits as the number of nodes
//! needs, most significant bit first, base64 (RFC 4648 §4, padded) around it.
//!
//! 4096 partitions × RF 3 over five nodes are 6 KiB; 16,384 × RF 3 over a thousand
//! are 82 KiB.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::NodeIndex;

/// The bits that an index into `nodes` nodes needs; none where there is no choice.
fn width(nodes: usize) -> u32 {
    usize::BITS - nodes.saturating_sub(1).leading_zeros()
}

/// Packs `indices`, each below `nodes`.
pub(super) fn pack<'a>(indices: impl Iterator<Item = &'a NodeIndex>, nodes: usize) -> String {
    let width = width(nodes);
    let mut packed = Vec::new();
    // Bits that don't fill a byte yet, right-aligned.
    let mut pending: u32 = 0;
    let mut pending_bits = 0;
    for index in indices {
        pending = pending << width | u32::try_from(index.get()).unwrap_or_default();
        pending_bits += width;
        while pending_bits >= 8 {
            pending_bits -= 8;
            packed.push((pending >> pending_bits & 0xff) as u8);
        }
        pending &= (1 << pending_bits) - 1;
    }
    if pending_bits > 0 {
        packed.push((pending << (8 - pending_bits) & 0xff) as u8);
    }
    STANDARD.encode(packed)
}

/// Unpacks `count` indices into `nodes` nodes, or nothing where `text` is not exactly
/// what [`pack`] would have written.
pub(super) fn unpack(text: &str, count: usize, nodes: usize) -> Option<Vec<NodeIndex>> {
    let width = width(nodes);
    // Checked before anything is decoded: `count` comes from the input too.
    let bits = u64::try_from(count).ok()? * u64::from(width);
    let bytes = bits.div_ceil(8);
    if text.len() as u64 != bytes.div_ceil(3) * 4 {
        return None;
    }
    let packed = STANDARD.decode(text).ok()?;
    if packed.len() as u64 != bytes {
        return None;
    }
    let mut rest = packed.into_iter();
    let mut pending: u32 = 0;
    let mut pending_bits = 0;
    let mut indices = Vec::with_capacity(count);
    for _ in 0..count {
        while pending_bits < width {
            pending = pending << 8 | u32::from(rest.next()?);
            pending_bits += 8;
        }
        pending_bits -= width;
        let index = u16::try_from(pending >> pending_bits).ok()?;
        indices.push(NodeIndex::new(index));
        pending &= (1 << pending_bits) - 1;
    }
    // Padding that says something would be a second way to write the same view.
    (pending == 0 && rest.next().is_none()).then_some(indices)
}
