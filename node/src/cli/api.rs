//! A node's answers, over HTTP.

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, Response};
use ringway_ring::View;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ring_error::RingError;

const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Above what a node takes to bring something through the cluster, or to plan for a large ring.
const PATIENCE: Duration = Duration::from_mins(1);
/// Says of what was refused whether it may yet be done.
const OUTCOME: &str = "x-ringway-outcome";

/// The node, or the edge, at one URL.
pub(super) struct Api {
    client: Client,
    url: String,
}

/// What every refusal says.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Api {
    /// What answers at `url`, `http://HOST:PORT`.
    pub(super) fn new(url: String) -> Self {
        let client = Client::builder()
            // A proxy for the way out of the house knows nothing of nodes.
            .no_proxy()
            .connect_timeout(CONNECT_PATIENCE)
            .timeout(PATIENCE)
            .build()
            .unwrap_or_else(|error| unreachable!("there is nothing to fail without TLS: {error}"));
        Self { client, url }
    }

    /// What `GET path` answers.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, RingError> {
        let body = self.get_bytes(path).await?;
        self.read(&body)
    }

    /// The view.
    pub(super) async fn view(&self) -> Result<View, RingError> {
        let body = self.get_bytes("/ring").await?;
        View::from_json(&body).map_err(|source| RingError::View { url: self.url.clone(), source })
    }

    /// What `POST path` answers to `body`.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, RingError> {
        let sent = self.client.post(format!("{}{path}", self.url)).json(body).send();
        let answer = async { self.body(sent.await?).await };
        let body = answer.await.map_err(|error| self.failed(&error, true))??;
        self.read(&body)
    }

    async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, RingError> {
        let sent = self.client.get(format!("{}{path}", self.url)).send();
        let answer = async { self.body(sent.await?).await };
        answer.await.map_err(|error| self.failed(&error, false))?
    }

    async fn body(&self, response: Response) -> Result<Result<Vec<u8>, RingError>, reqwest::Error> {
        let status = response.status();
        let outcome = response.headers().get(OUTCOME).cloned();
        let body = response.bytes().await?.to_vec();
        if status.is_success() {
            return Ok(Ok(body));
        }
        let Ok(Refusal { error: sentence }) = serde_json::from_slice(&body) else {
            return Ok(Err(self.stranger(format!("it answers with the HTTP status {status}"))));
        };
        Ok(Err(match outcome {
            Some(outcome) if outcome == "unknown" => RingError::Unknown { sentence },
            _ if status.is_server_error() => RingError::Unavailable { sentence },
            _ => RingError::Refused { sentence },
        }))
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, RingError> {
        serde_json::from_slice(body).map_err(|error| self.stranger(error.to_string()))
    }

    fn stranger(&self, what: String) -> RingError {
        RingError::Stranger { url: self.url.clone(), what }
    }

    fn failed(&self, error: &reqwest::Error, changes: bool) -> RingError {
        let (url, why) = (self.url.clone(), innermost(error));
        if changes && !error.is_connect() {
            RingError::BrokenOff { url, why }
        } else {
            RingError::NoAnswer { url, why }
        }
    }
}

/// The cause of all causes, which is the one that says something.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
