//! Preference lists in few bytes: every index in as many bits as the number of nodes
//! needs, most significant bit first, base64 (RFC 4648 §4, padded) around it.
//!
//! 4096 partitions × RF 3 over five nodes are 6 KiB; 16,384 × RF 3 over a thousand
//! are 80 KiB.

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

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn indices(numbers: impl IntoIterator<Item = u16>) -> Vec<NodeIndex> {
        numbers.into_iter().map(NodeIndex::new).collect()
    }

    fn packed(indices: &[NodeIndex], nodes: usize) -> String {
        pack(indices.iter(), nodes)
    }

    #[test]
    fn an_index_takes_as_many_bits_as_the_largest_needs() {
        let widths = [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9), (65_536, 16)];
        for (nodes, expected) in widths {
            assert_eq!(width(nodes), expected, "{nodes} nodes");
        }
    }

    #[test]
    fn bits_are_packed_most_significant_first() {
        // 01 10 00 10 | 10 000000
        assert_eq!(
            packed(&indices([1, 2, 0, 2, 2]), 3),
            STANDARD.encode([0b0110_0010, 0b1000_0000])
        );
        assert_eq!(packed(&indices([0, 0, 0]), 1), "");
    }

    #[test]
    fn what_is_packed_unpacks_whatever_the_number_of_nodes() {
        for nodes in (1..70).chain([255, 256, 257, 1000, 32_768, 32_769, 65_535, 65_536]) {
            for count in (0..20).chain([1021, 3072]) {
                let number = |place| u16::try_from(place * 40_503 % nodes).unwrap();
                let all = indices((0..count).map(number));
                let text = packed(&all, nodes);
                assert_eq!(unpack(&text, count, nodes), Some(all), "{count} of {nodes} nodes");
            }
        }
    }

    #[test]
    fn only_what_would_have_been_packed_unpacks() {
        let good = packed(&indices([1, 2, 0, 2, 2]), 3);
        assert_eq!(good, "YoA=");
        let bad = [
            ("", "nothing"),
            ("YoA", "no padding"),
            ("YoA==", "too much padding"),
            ("YoAA", "a byte too many"),
            ("Yg==", "a byte too few"),
            ("YoE=", "bits behind the last of base64's"),
            ("Yr8=", "bits behind the last index"),
            ("Yo+=", "bits behind the last index"),
            ("Yo-=", "the alphabet of URLs"),
            ("Y A=", "a space"),
            ("YoÄ", "not ASCII"),
        ];
        for (text, why) in bad {
            assert_eq!(unpack(text, 5, 3), None, "{why}");
        }
        assert_eq!(unpack(&good, 4, 3), None, "the last index would be padding");
        assert_eq!(unpack(&good, 8, 3), Some(indices([1, 2, 0, 2, 2, 0, 0, 0])));
        assert_eq!(unpack(&good, 9, 3), None, "an index too few");
        assert_eq!(unpack(&format!("{good}YoA="), 5, 3), None, "twice");
    }
}
