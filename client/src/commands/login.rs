//! `ringway login`

use std::path::PathBuf;

use bytes::Bytes;
use http::Method;
use ringway_auth::UserName;
use serde_json::json;

use crate::client_error::ClientError;
use crate::endpoint::EndpointArgs;
use crate::http_client::{Effect, HttpClient};
use crate::output::print_line;
use crate::token_file::{StoredToken, TokenFile};
use crate::typed_password::password;

/// What `ringway login` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct LoginArgs {
    #[command(flatten)]
    endpoint: EndpointArgs,

    /// Who you are there.
    #[arg(value_name = "USER")]
    user: UserName,

    /// A file with the password, which only its owner may read. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl LoginArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { endpoint, user, password_file } = self;
        let endpoint = endpoint.endpoint()?;
        let file = TokenFile::of_user().ok_or(ClientError::Homeless)?;
        let password = password(password_file.as_deref(), &format!("{user}'s password"))?;
        let http = HttpClient::new(endpoint.clone());
        let body = json!({ "username": user, "password": password.reveal() }).to_string();
        let request = http.request(Method::POST, "/login", Bytes::from(body));
        let answer = http.ask(request, "", Effect::Reads).await?;
        let token: StoredToken = http.read(&answer.body)?;
        file.keep(&endpoint, token)?;
        print_line(&format!("logged in to {endpoint} as {user}"))
    }
}
