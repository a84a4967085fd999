//! `ringway auth`

use bytes::Bytes;
use clap::Subcommand;
use http::Method;

use crate::client_error::ClientError;
use crate::endpoint::EndpointArgs;
use crate::http_client::{Effect, HttpClient};

/// What `ringway auth` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct AuthArgs {
    #[command(flatten)]
    endpoint: EndpointArgs,

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
        let AuthCommand::RotateKey = self.command;
        let http = HttpClient::of_user(self.endpoint.endpoint()?)?;
        let request = http.request(Method::POST, "/auth/rotate-key", Bytes::new());
        http.ask(request, "", Effect::Writes).await.map(drop)
    }
}
