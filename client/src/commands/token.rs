//! `ringway token`

use bytes::Bytes;
use clap::Subcommand;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::CommonArgs;
use crate::client_error::ClientError;
use crate::http_client::{Effect, HttpClient};
use crate::output::{print_json, print_line};
use crate::ttl::Ttl;

/// What `ringway token` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct TokenArgs {
    #[command(flatten)]
    common: CommonArgs,

    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum TokenCommand {
    /// Print what lets one node join, once: for a file of its owner alone, which the node is given
    /// with --join-token-file. It is not shown again.
    Create {
        /// For how long: 90s, 15m, 36h or 7d, or a number of seconds. A week at most.
        #[arg(long, default_value = "1h", value_name = "TIME")]
        ttl: Ttl,
    },
}

#[derive(Deserialize, Serialize)]
struct JoinToken {
    token: String,
    expires_at: u64,
}

impl TokenArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { common, command: TokenCommand::Create { ttl } } = self;
        let http = HttpClient::of_user(common.endpoint.reach()?)?;
        let body = json!({ "ttl_seconds": ttl.seconds() }).to_string();
        let request = http.request(Method::POST, "/join-tokens", Bytes::from(body));
        let answer = http.ask(request, "", Effect::Writes).await?;
        let token: JoinToken = http.read(&answer.body)?;
        if common.json { print_json(&token) } else { print_line(&token.token) }
    }
}
