//! From a key to its preference list, against the ring that everybody else searches.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ringway_ring::{Epoch, Key, PartitionCount, Position, ReplicationFactor, View, ViewNode};

use super::Figure;
use super::median::median;
use super::nodes::id;

/// How many keys a round looks up; few enough to stay in the cache, as rings should.
const KEYS: usize = 4096;
/// How often a round goes through the keys: a round is shorter than the time slice after
/// which a busy machine would run something else, and the median leaves out the others.
const REPEATS: usize = 5;
/// How often each side is measured, in turns.
const ROUNDS: usize = 201;
const NODES: usize = 100;
const VNODES: usize = 160;
const COPIES: usize = 3;

/// Nanoseconds for each, and how many times the one is the other.
pub(super) fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let keys: Vec<String> = (0..KEYS).map(|key| format!("key-{key:012}")).collect();
    let view = view()?;
    let ring = SearchedRing::new(view.nodes());
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let our = nanoseconds(time(&keys, |key| look_up(&view, key)));
        let their = nanoseconds(time(&keys, |key| ring.look_up(key)));
        ours.push(our);
        theirs.push(their);
        ratios.push(their / our);
    }
    let searched = format!("{NODES} nodes × {VNODES} vnodes, binary search");
    Ok(vec![
        Figure::at_most("lookup of a 16-byte key", median(&mut ours), 15.0, "ns"),
        Figure::comparison(
            format!("lookup in a ring of {searched}"),
            format!("{:.1} ns", median(&mut theirs)),
        ),
        Figure::at_least(format!("lookup ÷ {searched}"), median(&mut ratios), 5.0, "×"),
    ])
}

fn view() -> Result<View, Box<dyn Error>> {
    let node = |number: usize| {
        let port = u16::try_from(number).map(|number| 8080 + number)?;
        Ok(ViewNode::new(id(number), ([10, 0, 0, 1], port).into()))
    };
    let nodes = (0..NODES).map(node).collect::<Result<_, Box<dyn Error>>>()?;
    Ok(View::create(Epoch::FIRST, PartitionCount::DEFAULT, ReplicationFactor::DEFAULT, nodes)?)
}

fn look_up(view: &View, key: &str) -> usize {
    let Ok(key) = Key::new(key) else { return 0 };
    read(view.preference_list(view.partition(key.position())))
}

/// What both sides do with the nodes that they have found: touch each.
fn read<'n>(nodes: impl Iterator<Item = &'n ViewNode>) -> usize {
    nodes.map(|node| node.id.as_str().len()).sum()
}

/// The results are added up rather than each made opaque: that would write every one to
/// the place in memory from which the next key is read, and time how well the processor
/// guesses that the two have nothing to do with each other.
fn time(keys: &[String], look_up: impl Fn(&str) -> usize) -> Duration {
    let start = Instant::now();
    let mut sum = 0_usize;
    for _ in 0..REPEATS {
        for key in black_box(keys) {
            sum = sum.wrapping_add(look_up(key));
        }
    }
    black_box(sum);
    start.elapsed()
}

fn nanoseconds(round: Duration) -> f64 {
    let lookups = u32::try_from(KEYS * REPEATS).unwrap_or(u32::MAX);
    round.as_secs_f64() * 1e9 / f64::from(lookups)
}

/// Points on a circle, each node at many: a key belongs to the first distinct nodes of
/// the points from its position on (Dynamo §4.3).
struct SearchedRing {
    /// Sorted by position; each with its owner, as in ketama and in Envoy's `ring_hash`.
    points: Vec<(u64, usize)>,
    nodes: Vec<ViewNode>,
}

impl SearchedRing {
    fn new(nodes: &[ViewNode]) -> Self {
        let point = |node, vnode| Position::of(format!("n{node}_{vnode}").as_bytes()).get();
        let points = |node| (0..VNODES).map(move |vnode| (point(node, vnode), node));
        let mut points: Vec<_> = (0..nodes.len()).flat_map(points).collect();
        points.sort_unstable();
        Self { points, nodes: nodes.to_vec() }
    }

    /// As Ringway's does: from a text, which may be no key, to as many distinct nodes, in
    /// order and without allocation.
    fn look_up(&self, key: &str) -> usize {
        let Ok(key) = Key::new(key) else { return 0 };
        let position = key.position().get();
        let start = self.points.partition_point(|&(point, _)| point < position);
        let (before, after) = self.points.split_at(start);
        let mut found = [usize::MAX; COPIES];
        let mut count = 0;
        for &(_, node) in after.iter().chain(before) {
            if found.contains(&node) {
                continue;
            }
            let Some(place) = found.get_mut(count) else { break };
            *place = node;
            count += 1;
            if count == COPIES {
                break;
            }
        }
        read(found.iter().filter_map(|&node| self.nodes.get(node)))
    }
}
