//! The commands, one a file.

mod del;
mod explain;
mod get;
mod ls;
mod put;

use ringway_ring::Key;

pub use self::del::DelArgs;
pub use self::explain::ExplainArgs;
pub use self::get::GetArgs;
pub use self::ls::LsArgs;
pub use self::put::PutArgs;

use crate::api::Api;
use crate::client_error::ClientError;
use crate::endpoint::EndpointArgs;

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
        Ok(Api::new(self.endpoint.endpoint()?))
    }
}

fn key(text: &str) -> Result<Key<'static>, String> {
    Key::new(text.to_owned()).map_err(|error| error.to_string())
}
