//! What the benches measure, as one table of figures against their requirements.

mod args;
#[expect(clippy::cast_precision_loss, reason = "counts of partitions and keys, far below 2^52")]
mod balance;
mod claim;
mod edge;
mod figure;
mod large_view;
mod load;
mod lookup;
mod median;
#[expect(clippy::cast_precision_loss, reason = "bytes, far below 2^52")]
mod membership;
mod node;
mod nodes;
mod program;
mod put_script;
mod registry;
mod replication;
mod table;
mod tokens;
mod wrk;

pub use args::BenchArgs;
pub use figure::Figure;
pub use registry::{BenchError, Measured, run};
pub use table::{all_ok, to_markdown};
