//! How an edge proves itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::Client;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The key by which an edge proves itself. It is deleted again.
const KEY: &str = "/kv/ringway-ready";

/// How an edge is asked whether it is ready.
#[derive(Clone, Debug)]
pub(super) enum Probe {
    /// By this client.
    Plain(Client),
    /// By `curl`, as clients do: it believes the authority in this file, and has this token.
    Tls(PathBuf, Option<String>),
}

impl Probe {
    /// Whether a key can be stored and read through the edge at `url`. It is deleted again.
    pub(super) async fn serves(&self, url: &str) -> bool {
        let key = format!("{url}{KEY}");
        match self {
            Self::Plain(client) => {
                let round_trip = async {
                    client.put(&key).body("ready").send().await?.error_for_status()?;
                    let read = client.get(&key).send().await?.error_for_status()?.text().await?;
                    client.delete(&key).send().await?.error_for_status()?;
                    reqwest::Result::Ok(read)
                };
                round_trip.await.is_ok_and(|read| read == "ready")
            }
            Self::Tls(authority, token) => {
                let curl =
                    async |words: &[&str]| curl(authority, token.as_deref(), words, &key).await;
                curl(&["--request", "PUT", "--data-binary", "ready"]).await.is_some()
                    && curl(&[]).await.as_deref() == Some("ready")
                    && curl(&["--request", "DELETE"]).await.is_some()
            }
        }
    }
}

/// What `curl` is answered, if that is a success.
async fn curl(authority: &Path, token: Option<&str>, words: &[&str], url: &str) -> Option<String> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--fail", "--max-time", "5", "--noproxy", "*", "--cacert"]);
    command.arg(authority).args(words).arg(url);
    // Not on the command line, which everybody sees.
    command.args(["--header", "@-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().ok()?;
    let header = token.map(|token| format!("authorization: Bearer {token}\n"));
    running.stdin.take()?.write_all(header.unwrap_or_default().as_bytes()).await.ok()?;
    let output = running.wait_with_output().await.ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
