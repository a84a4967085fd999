//! What the benches measure, as one table of figures against their requirements.

mod figure;
mod registry;
mod table;

pub use figure::Figure;
pub use registry::{BenchError, Measured, run};
pub use table::{all_ok, to_markdown};
