//! `ringway ring`: what people, and scripts, do with a ring. All of it is asked of a node over
//! HTTP, and can be asked with `curl` as well.

mod amount;
mod api;
mod apply;
mod columns;
mod plan_table;
mod ring_args;
mod ring_command;
mod ring_error;
mod ring_table;
mod settings_table;
mod standing;
mod status_line;

pub use self::ring_args::RingArgs;
pub use self::ring_command::run_ring;
