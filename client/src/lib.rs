//! What a person or a script does with a Ringway store, by the commands `put`, `get`, `del`,
//! `ls`, `explain`, `export`, `import`, `login`, `user` and `auth` of `ringway`. All of it is
//! asked of a node, or of the edge, over HTTP or HTTPS, and can be asked with `curl` as well.

mod api;
mod bulk;
mod client_command;
mod client_error;
mod commands;
mod config_file;
mod consistency;
mod endpoint;
mod entry;
pub mod exit_codes;
mod http_client;
mod local_tree;
mod output;
mod output_file;
mod page;
mod plain_object;
mod plain_value;
mod progress;
mod put_condition;
mod refusal;
mod repr_digest;
mod request_body;
mod session;
mod stored_token;
mod stored_value;
mod tally;
mod terminal_bar;
mod token_file;
mod transfer_bar;
mod trust;
mod ttl;
mod typed_password;

pub use self::client_command::{ClientCommand, run_client};
pub use self::client_error::ClientError;
pub use self::commands::{
    AuthArgs, DelArgs, ExplainArgs, ExportArgs, GetArgs, ImportArgs, LoginArgs, LsArgs, PutArgs,
    TokenArgs, UserArgs,
};
pub use self::config_file::ConfigFileError;
pub use self::endpoint::{Endpoint, EndpointArgs, EndpointError, Reach};
pub use self::http_client::{Answer, Effect, HttpClient};
pub use self::output::{print_bytes, print_json, print_line};
pub use self::plain_value::{from_plain, to_plain};
pub use self::repr_digest::{ReprDigest, ReprDigestError};
pub use self::request_body::RequestBody;
pub use self::stored_token::stored_token;
pub use self::trust::Trust;
