//! `ringway login`

use std::path::PathBuf;

use bytes::Bytes;
use http::Method;
use ringway_auth::UserName;
use serde_json::json;

use super::CommonArgs;
use crate::client_error::ClientError;
use crate::http_client::{Effect, HttpClient};
use crate::output::{print_json, print_line};
use crate::token_file::{StoredToken, TokenFile};
use crate::typed_password::password;

/// What `ringway login` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct LoginArgs {
    #[command(flatten)]
    common: CommonArgs,

    /// Who you are there.
    #[arg(value_name = "USER")]
    user: UserName,

    /// A file with the password, which only its owner may read. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl LoginArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { common, user, password_file } = self;
        let reach = common.endpoint.reach()?;
        let file = TokenFile::of_user().ok_or(ClientError::Homeless)?;
        let password = password(password_file.as_deref(), &format!("{user}'s password")).await?;
        let http = HttpClient::new(reach.clone())?;
        let body = json!({ "username": user, "password": password.reveal() }).to_string();
        let request = http.request(Method::POST, "/login", Bytes::from(body));
        let answer = http.ask(request, "", Effect::Reads).await?;
        let token: StoredToken = http.read(&answer.body)?;
        let expires_at = token.expires_at;
        let endpoint = reach.endpoint;
        file.keep(&endpoint, token)?;
        if common.json {
            return print_json(&json!({ "user": user, "expires_at": expires_at }));
        }
        print_line(&format!("logged in to {endpoint} as {user}"))
    }
}
