//! How much a change moves, against the proof of how little could be.

use ringway_ring::{Assignment, Member, PartitionCount, Plan, ReplicationFactor, Weight, claim};

use crate::bench::Figure;
use crate::bench::nodes::members;

/// The default size, and a large one.
const SIZES: [usize; 2] = [5, 100];

/// What plans say, which is what a cluster then does.
pub(in crate::bench) fn measure() -> Vec<Figure> {
    SIZES.into_iter().flat_map(changes_of).collect()
}

fn changes_of(count: usize) -> Vec<Figure> {
    let factor = ReplicationFactor::DEFAULT;
    let present = members(0..count);
    let held = claim(&Assignment::unassigned(PartitionCount::DEFAULT), &present, factor);
    let mut heavier = present.clone();
    if let Some(first) = heavier.first_mut() {
        first.weight = Weight::new(2).unwrap_or(Weight::ONE);
    }
    // One from the middle: it is nobody's in particular.
    let without = members((0..count).filter(|&number| number != count / 2));
    let changes: [(&str, Vec<Member>); 3] = [
        ("one joins", members(0..=count)),
        ("one leaves", without),
        ("one weighs twice as much", heavier),
    ];
    let figure = |(what, next): (&str, Vec<Member>)| {
        let plan = Plan::new(&held, &present, &next, factor, |_| 0);
        let name = format!("{count} nodes × 4096 × RF 3, {what}: vnodes moved ÷ least");
        let moved = plan.moves().len();
        let value = format!("{:.2} ({moved} ÷ {})", plan.moved_to_least(), plan.least());
        Figure::checked(name, value, "1.00", moved > 0 && moved as u64 == plan.least())
    };
    changes.into_iter().map(figure).collect()
}
