//! How evenly keys spread, and how many move when a node joins or leaves.

mod ringway;
mod schemes;

use super::Figure;
use crate::random::mix;

/// Few enough that chance, with so many keys, adds no more than half a percent.
const NODES: usize = 20;
const KEYS: u64 = 4_000_000;

/// A way to find the one owner of a key among some nodes.
type Owner = Box<dyn Fn(u64) -> usize>;

/// From some nodes, named by numbers, to where they put keys. The nodes are given as
/// those of 0 to `NODES` that joined in this order, perhaps without one that has left.
type Scheme = fn(&[usize]) -> Owner;

/// What the ring promises, exactly; and its keys beside other schemes' keys.
pub(super) fn measure() -> Vec<Figure> {
    let mut figures = ringway::promises();
    let schemes: [(&str, Scheme); 5] = [
        ("Ringway (4096 partitions)", ringway::scheme),
        ("ring_hash-style (160 vnodes)", schemes::ring_hash),
        ("Maglev (65,537 entries)", schemes::maglev),
        ("jump", schemes::jump),
        ("rendezvous", schemes::rendezvous),
    ];
    let optimum = percentages(1.0, 1.0 / (NODES as f64 + 1.0), 1.0 / NODES as f64);
    figures.push(Figure::comparison("keys: optimum", optimum));
    for (name, scheme) in schemes {
        figures.push(Figure::comparison(format!("keys: {name}"), keys(scheme)));
    }
    figures
}

fn keys(scheme: Scheme) -> String {
    let present: Vec<usize> = (0..NODES).collect();
    let joined: Vec<usize> = (0..=NODES).collect();
    // One from the middle: schemes that number their nodes must not get away with the last.
    let left: Vec<usize> = present.iter().copied().filter(|&node| node != NODES / 2).collect();
    let [present, joined, left] = [present, joined, left].map(|nodes| scheme(&nodes));
    let mut counts = [0_u32; NODES];
    let (mut moved_on_join, mut moved_on_leave) = (0_u32, 0_u32);
    for key in 0..KEYS {
        let position = mix(key);
        let owner = present(position);
        if let Some(count) = counts.get_mut(owner) {
            *count += 1;
        }
        moved_on_join += u32::from(joined(position) != owner);
        moved_on_leave += u32::from(left(position) != owner);
    }
    let peak = counts.iter().copied().max().map_or(f64::NAN, f64::from);
    let share = |count: u32| f64::from(count) / KEYS as f64;
    percentages(peak / (KEYS as f64 / NODES as f64), share(moved_on_join), share(moved_on_leave))
}

fn percentages(peak: f64, join: f64, leave: f64) -> String {
    let (join, leave) = (join * 100.0, leave * 100.0);
    format!("peak {peak:.3} × average, moved {join:.2}% on join, {leave:.2}% on leave")
}
