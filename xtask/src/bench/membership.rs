//! What a change of the ring costs, and how soon one can be made.

mod addition;
mod handoff;
mod leader;
mod moves;
mod paced;
mod reads;
mod values;

pub(super) use handoff::measure as handoff;
pub(super) use leader::measure as leader;
pub(super) use moves::measure as moves;
pub(super) use reads::measure as reads;
