//! How a node asks its launcher.

use std::path::Path;
use std::time::Duration;

use http::StatusCode;
use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use ringway_ring::NodeId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::launch_error::{NAME_TAKEN, UNKNOWN_NODE};
use super::token::Token;
use super::{LaunchedNode, LauncherUrl, StartNode};
use crate::peers::{Secret, SecretError};

/// Longer than a launcher takes to give up on a node that it starts or stops.
const PATIENCE: Duration = Duration::from_secs(90);

/// Speaks with the launcher of a cluster.
#[derive(Clone)]
pub struct LauncherClient {
    url: String,
    authorization: String,
    http: reqwest::Client,
}

/// What a launcher says of what it refuses.
#[derive(Deserialize)]
struct RefusalBody {
    error: String,
    code: String,
}

impl LauncherClient {
    /// The launcher at `url`, of the cluster whose secret is in the file at `secret_file`.
    ///
    /// # Errors
    /// When the secret can't be read.
    pub fn new(url: &LauncherUrl, secret_file: &Path) -> Result<Self, SecretError> {
        Ok(Self::with_secret(url, &Secret::read(secret_file)?))
    }

    pub(crate) fn with_secret(url: &LauncherUrl, secret: &Secret) -> Self {
        // Without TLS and proxies there is nothing in it that could be missing.
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Self {
            url: url.to_string(),
            authorization: Token::new(secret).header(),
            http: http.unwrap_or_else(|error| unreachable!("an HTTP client: {error}")),
        }
    }

    /// Starts `node`, and returns once it answers.
    ///
    /// # Errors
    /// When the launcher is away or refuses. What it refuses is not started.
    pub async fn start(&self, node: &StartNode) -> Result<LaunchedNode, LauncherError> {
        // Names and addresses: nothing in them can fail.
        let body = serde_json::to_vec(node).unwrap_or_else(|error| unreachable!("{error}"));
        self.ask(self.http.post(self.path("/nodes")).body(body)).await
    }

    /// Stops the node `id`, and returns once it is gone.
    ///
    /// # Errors
    /// When the launcher is away or refuses.
    pub async fn stop(&self, id: &NodeId, keep_data: bool) -> Result<(), LauncherError> {
        let path = self.path(&format!("/nodes/{id}?keep_data={keep_data}"));
        self.send(self.http.delete(path)).await.map(drop)
    }

    /// The nodes that it runs.
    ///
    /// # Errors
    /// When the launcher is away or refuses.
    pub async fn list(&self) -> Result<Vec<LaunchedNode>, LauncherError> {
        self.ask(self.http.get(self.path("/nodes"))).await
    }

    /// Those nodes that it runs whose client port is `port`.
    ///
    /// # Errors
    /// When the launcher is away or refuses.
    pub async fn on_port(&self, port: u16) -> Result<Vec<LaunchedNode>, LauncherError> {
        self.ask(self.http.get(self.path(&format!("/nodes?port={port}")))).await
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, LauncherError> {
        let body = self.send(request).await?;
        serde_json::from_slice(&body).map_err(|_| self.no_launcher())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, LauncherError> {
        let sent = async {
            let answer = request.header(AUTHORIZATION, &self.authorization).send().await?;
            Ok((answer.status(), answer.bytes().await?))
        };
        let (status, body) = sent.await.map_err(|error: reqwest::Error| {
            LauncherError::Unreachable { url: self.url.clone(), reason: innermost(&error) }
        })?;
        if status.is_success() {
            return Ok(body.into());
        }
        match serde_json::from_slice(&body) {
            Ok(RefusalBody { error, code }) => Err(LauncherError::Refused { status, error, code }),
            Err(_) => Err(self.no_launcher()),
        }
    }

    fn no_launcher(&self) -> LauncherError {
        LauncherError::NoLauncher { url: self.url.clone() }
    }
}

/// The cause below all that libraries say around it.
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// Why a launcher did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LauncherError {
    /// It doesn't answer. Whether it did what it was asked to is not known.
    #[error("the launcher at {url} can't be reached: {reason}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Something else answers there.
    #[error("what answers at {url} is no launcher")]
    NoLauncher {
        /// Where it should be.
        url: String,
    },
    /// It says no, and did nothing.
    #[error("{error}")]
    Refused {
        /// What the launcher answered.
        status: StatusCode,
        /// The sentence that says why.
        error: String,
        /// The stable name of the reason.
        code: String,
    },
}

impl LauncherError {
    /// Whether it says that it runs no such node.
    #[must_use]
    pub fn is_unknown_node(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == UNKNOWN_NODE)
    }

    /// Whether it says that the name is taken.
    #[must_use]
    pub fn is_name_taken(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == NAME_TAKEN)
    }
}
