//! The commands, one a file.

mod auth;
mod del;
mod explain;
mod export;
mod get;
mod get_tree;
mod import;
mod login;
mod ls;
mod put;
mod put_tree;
mod token;
mod user;

use ringway_ring::Key;

pub use self::auth::AuthArgs;
pub use self::del::DelArgs;
pub use self::explain::ExplainArgs;
pub use self::export::ExportArgs;
pub use self::get::GetArgs;
pub use self::import::ImportArgs;
pub use self::login::LoginArgs;
pub use self::ls::LsArgs;
pub use self::put::PutArgs;
pub use self::token::TokenArgs;
pub use self::user::UserArgs;

use crate::api::Api;
use crate::client_error::ClientError;
use crate::endpoint::EndpointArgs;
use crate::http_client::{Answer, HttpClient};
use crate::output::{print_json, print_line};
use crate::tally::Tally;

/// The flags of every command.
#[derive(Clone, Debug, clap::Args)]
struct CommonArgs {
    #[command(flatten)]
    endpoint: EndpointArgs,

    /// Print the answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl CommonArgs {
    fn api(&self) -> Result<Api, ClientError> {
        Api::of_user(self.endpoint.reach()?)
    }
}

/// How a file of many values is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line for each key, with all that belongs to it: JSON Lines.
    #[default]
    Jsonl,
    /// One object, `{"key": "value"}`, as small servers write it: without content types and
    /// expiry.
    Json,
}

/// Tells what came of many values, which were `done`.
///
/// # Errors
/// When that is not what was asked for.
fn told(common: &CommonArgs, tally: Tally, done: &str) -> Result<(), ClientError> {
    if common.json {
        print_json(&tally)?;
    } else {
        let Tally { done: count, passed, .. } = tally;
        print_line(&format!("{count} {done}, {passed} had not to be"))?;
    }
    match tally.failed {
        0 => Ok(()),
        failed => Err(ClientError::Partly { failed, done: tally.done + tally.passed }),
    }
}

/// Tells programs what was answered, which is JSON; people see that nothing went wrong.
fn told_json(common: &CommonArgs, http: &HttpClient, answer: &Answer) -> Result<(), ClientError> {
    if !common.json {
        return Ok(());
    }
    print_json(&http.read::<serde_json::Value>(&answer.body)?)
}

fn key(text: &str) -> Result<Key<'static>, String> {
    Key::new(text.to_owned()).map_err(|error| error.to_string())
}
