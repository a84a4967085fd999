//! What a person or a script does with a Ringway store, by the commands `put`, `get`, `del`,
//! `ls` and `explain` of `ringway`. All of it is asked of a node, or of the edge, over HTTP,
//! and can be asked with `curl` as well.

mod api;
mod client_command;
mod client_error;
mod commands;
mod config_file;
mod consistency;
mod endpoint;
mod entry;
mod exit_codes;
mod http_client;
mod output;
mod output_file;
mod page;
mod put_condition;
mod refusal;
mod stored_value;
mod ttl;

pub use self::client_command::{ClientCommand, run_client};
pub use self::commands::{DelArgs, ExplainArgs, GetArgs, LsArgs, PutArgs};
pub use self::config_file::ConfigFileError;
pub use self::endpoint::{Endpoint, EndpointArgs, EndpointError, nothing_answers};
