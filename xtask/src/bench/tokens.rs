//! What tokens cost: reads through either edge of nodes that ask for them, against reads of nodes
//! that don't.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::Figure;
use super::median::median;
use super::wrk::Load;
use crate::artifacts::Profile;
use crate::setup;
use crate::stack::{Stack, StackOptions};

/// Rounds, in each of which everything that is compared is measured once.
const ROUNDS: usize = 9;
/// How many connections read.
const READERS: u32 = 32;
/// How many keys they read in turns.
const KEYS: u32 = 200;
const PASSWORD: &str = "the admin of a bench";

/// Where one of a stack's edges is.
type Edge = fn(&Stack) -> String;

/// A stack with its keys, and what reads them.
struct Side {
    stack: Stack,
    script: PathBuf,
}

impl Side {
    async fn start(directory: &Path, password: Option<PathBuf>) -> Result<Self, Box<dyn Error>> {
        let name = if password.is_some() { "with.lua" } else { "without.lua" };
        let options = StackOptions {
            profile: Profile::Release,
            haproxy: true,
            admin_password: password,
            ..StackOptions::of(3)
        };
        let stack = Stack::start(options).await?;
        let (client, token) = (Client::builder().no_proxy().build()?, stack.token());
        for key in 1..=KEYS {
            let put = client.put(format!("{}/kv/{key}", stack.edge().url())).body("x".repeat(256));
            let put = token.into_iter().fold(put, RequestBuilder::bearer_auth);
            put.send().await?.error_for_status()?;
        }
        let tokens = match token {
            Some(admin) => readers(&stack, &client, admin).await?,
            None => Vec::new(),
        };
        let script = directory.join(name);
        fs::write(&script, reads(&tokens))?;
        Ok(Self { stack, script })
    }

    fn rate(&self, edge: Edge) -> std::io::Result<f64> {
        let load = Load { clients: READERS, script: Some(&self.script) };
        load.requests_per_second(&edge(&self.stack))
    }
}

/// The tokens of as many users as there are connections: one token alone would always be the one
/// that was verified last.
async fn readers(
    stack: &Stack,
    client: &Client,
    admin: &str,
) -> Result<Vec<String>, Box<dyn Error>> {
    let edge = stack.edge().url();
    let mut tokens = Vec::new();
    for name in (0..READERS).map(|number| format!("reader{number}")) {
        let user = json!({ "password": PASSWORD, "role": "reader" }).to_string();
        let made = client.put(format!("{edge}/users/{name}")).bearer_auth(admin).body(user);
        made.send().await?.error_for_status()?;
        let login = json!({ "username": name, "password": PASSWORD }).to_string();
        let answer = client.post(format!("{edge}/login")).body(login).send().await?;
        let answer: Value = serde_json::from_str(&answer.error_for_status()?.text().await?)?;
        let token = answer.get("token").and_then(Value::as_str);
        tokens.push(token.ok_or("an answer without a token")?.to_owned());
    }
    Ok(tokens)
}

/// wrk's script that reads the keys in turns, with each of the tokens in its turn.
fn reads(tokens: &[String]) -> String {
    let tokens: Vec<_> = tokens.iter().map(|token| format!("'Bearer {token}'")).collect();
    format!(
        "local tokens, requests, number = {{ {} }}, {{}}, 0\n\
         init = function()\n  for key = 1, {KEYS} do\n    \
         local headers = {{ authorization = tokens[key % math.max(#tokens, 1) + 1] }}\n    \
         requests[key] = wrk.format('GET', '/kv/' .. key, headers)\n  end\nend\n\
         request = function()\n  number = number % {KEYS} + 1\n  return requests[number]\nend\n",
        tokens.join(", ")
    )
}

/// Both edges' ratios.
///
/// # Errors
/// When something can't be built, started or loaded.
pub(super) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let directory = tempfile::tempdir()?;
    let password = directory.path().join("password");
    let mut options = fs::File::options();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&password)?;
    file.write_all(PASSWORD.as_bytes())?;
    let without = Side::start(directory.path(), None).await?;
    let with = Side::start(directory.path(), Some(password)).await?;
    let edges: [(&str, Edge, f64); 2] = [
        ("Envoy", |stack| stack.edge().url(), 0.85),
        ("HAProxy", |stack| stack.haproxy().url(), 0.35),
    ];
    let mut figures = Vec::new();
    for (name, edge, least) in edges {
        // Caches and connections are warm before it counts.
        with.rate(edge)?;
        without.rate(edge)?;
        let mut ratios = Vec::new();
        for round in 0..ROUNDS {
            // Each goes first in turn: a machine that slows down favours neither.
            let (ours, theirs) = if round % 2 == 0 {
                let ours = with.rate(edge)?;
                (ours, without.rate(edge)?)
            } else {
                let theirs = without.rate(edge)?;
                (with.rate(edge)?, theirs)
            };
            ratios.push(ours / theirs);
        }
        let name = format!("GET/s through {name}, with tokens ÷ without");
        figures.push(Figure::at_least(name, median(&mut ratios), least, ""));
    }
    Ok(figures)
}
