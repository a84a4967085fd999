//! What the benches measure, as one table of figures against their requirements.

mod figure;
mod table;

pub use figure::Figure;
pub use table::{all_ok, to_markdown};
