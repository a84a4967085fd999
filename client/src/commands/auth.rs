//! `ringway auth`

use bytes::Bytes;
use clap::Subcommand;
use http::Method;

use super::{CommonArgs, told_json};
use crate::client_error::ClientError;
use crate::http_client::{Effect, HttpClient};

/// What `ringway auth` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct AuthArgs {
    #[command(flatten)]
    common: CommonArgs,

    #[command(subcommand)]
    command: AuthCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum AuthCommand {
    /// Sign tokens with another key from a minute on. Those of the last one stay good.
    RotateKey,
}

impl AuthArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { common, command: AuthCommand::RotateKey } = self;
        let http = HttpClient::of_user(common.endpoint.reach()?)?;
        let request = http.request(Method::POST, "/auth/rotate-key", Bytes::new());
        let answer = http.ask(request, "", Effect::Writes).await?;
        told_json(&common, &http, &answer)
    }
}
