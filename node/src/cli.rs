//! What the `ringway` program shows to people in a terminal.

mod amount;
mod columns;
mod plan_table;
mod ring_table;

pub use plan_table::plan_table;
pub use ring_table::ring_table;
