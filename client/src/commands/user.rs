//! `ringway user`

use std::path::PathBuf;

use bytes::Bytes;
use clap::Subcommand;
use http::Method;
use ringway_auth::{Role, UserName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommonArgs, told_json};
use crate::client_error::ClientError;
use crate::http_client::{Effect, HttpClient};
use crate::output::{print_json, print_line};
use crate::typed_password::password;

/// What `ringway user` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct UserArgs {
    #[command(flatten)]
    common: CommonArgs,

    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum UserCommand {
    /// Take in a user.
    Add {
        /// What the user is called.
        user: UserName,
        #[command(flatten)]
        grant: GrantArgs,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Forget a user.
    Rm {
        /// Who.
        user: UserName,
    },
    /// Give a user another password.
    Passwd {
        /// Who.
        user: UserName,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Let a user do something else than before.
    Grant {
        /// Who.
        user: UserName,
        #[command(flatten)]
        grant: GrantArgs,
    },
    /// Tell who there is.
    Ls,
}

#[derive(Clone, Debug, clap::Args)]
struct GrantArgs {
    /// reader, writer or admin.
    #[arg(long)]
    role: Role,
    /// What the keys begin with that the user may use; more than once for several. Without it:
    /// all keys.
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<String>,
}

#[derive(Clone, Debug, clap::Args)]
struct PasswordArgs {
    /// A file with the password, which only its owner may read. Without it you are asked.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Deserialize, Serialize)]
struct Users {
    users: Vec<User>,
}

#[derive(Deserialize, Serialize)]
struct User {
    name: String,
    role: Role,
    prefixes: Vec<String>,
}

impl UserArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { common, command } = self;
        let http = HttpClient::of_user(common.endpoint.reach()?)?;
        let put = |path: String, body: Value| change(&http, &common, Method::PUT, path, body);
        match command {
            UserCommand::Add { user, grant: GrantArgs { role, prefixes }, password } => {
                let password = password.read(&user).await?;
                let body = json!({ "password": password, "role": role, "prefixes": prefixes });
                put(format!("/users/{user}"), body).await
            }
            UserCommand::Rm { user } => {
                change(&http, &common, Method::DELETE, format!("/users/{user}"), Value::Null).await
            }
            UserCommand::Passwd { user, password } => {
                let body = json!({ "password": password.read(&user).await? });
                put(format!("/users/{user}/password"), body).await
            }
            UserCommand::Grant { user, grant: GrantArgs { role, prefixes } } => {
                let body = json!({ "role": role, "prefixes": prefixes });
                put(format!("/users/{user}/grant"), body).await
            }
            UserCommand::Ls => list(&http, common.json).await,
        }
    }
}

impl PasswordArgs {
    async fn read(&self, user: &UserName) -> Result<String, ClientError> {
        let prompt = format!("a password for {user}");
        Ok(password(self.password_file.as_deref(), &prompt).await?.reveal().to_owned())
    }
}

async fn change(
    http: &HttpClient,
    common: &CommonArgs,
    method: Method,
    path: String,
    body: Value,
) -> Result<(), ClientError> {
    let request = http.request(method, &path, Bytes::from(body.to_string()));
    told_json(common, http, &http.ask(request, "", Effect::Writes).await?)
}

async fn list(http: &HttpClient, as_json: bool) -> Result<(), ClientError> {
    let request = http.request(Method::GET, "/users", Bytes::new());
    let Users { users } = http.read(&http.ask(request, "", Effect::Reads).await?.body)?;
    for User { name, role, prefixes } in users {
        if as_json {
            print_json(&User { name, role, prefixes })?;
        } else {
            print_line(format!("{name} {role} {}", prefixes.join(" ")).trim_end())?;
        }
    }
    Ok(())
}
