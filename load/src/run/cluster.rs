//! What is asked of the cluster beside the load.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use ringway_ring::View;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::plan::Plan;
use super::run_error::RunError;
use crate::http::{Caller, NodeTable, RequestText, Sink};

/// What is asked of the cluster beside the load, by a connection of its own.
#[derive(Debug)]
pub(super) struct Cluster {
    caller: Caller,
    text: RequestText,
}

/// How far a change of the ring is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Progress {
    pub(super) epoch: u64,
    pub(super) partitions_left: u64,
    members: BTreeMap<String, Member>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Member {
    state: String,
}

impl Progress {
    /// Who is in the ring, or will be when the change is done that is on its way.
    pub(super) fn servers(&self) -> impl Iterator<Item = &str> {
        let active = self.members.iter().filter(|(_, member)| member.state == "active");
        active.map(|(id, _)| id.as_str())
    }
}

impl Cluster {
    /// Starting servers, and agreeing on them, may take minutes.
    const PATIENCE: Duration = Duration::from_mins(5);

    pub(super) fn new(plan: &Plan, address: SocketAddr) -> Self {
        let caller = Caller::new(address, Self::PATIENCE, Rc::new(NodeTable::default()));
        Self { caller, text: plan.request_text() }
    }

    pub(super) async fn view(&mut self) -> Result<View, RunError> {
        let body = self.ask("GET", "/ring", None).await?;
        View::from_json(&body).map_err(|error| refused("GET /ring", error.to_string()))
    }

    pub(super) async fn progress(&mut self) -> Result<Progress, RunError> {
        parsed("GET /ring/status", &self.ask("GET", "/ring/status", None).await?)
    }

    /// `POST /add` or `DELETE /rm` of `count` servers: which there are then.
    pub(super) async fn change(
        &mut self,
        (method, path): (&str, &str),
        count: u32,
    ) -> Result<Vec<String>, RunError> {
        let body = json!({ "n": count }).to_string();
        let answer = self.ask(method, path, Some(body.as_bytes())).await?;
        let answer: Value = parsed(path, &answer)?;
        let names = answer.pointer("/message/replicas").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        Ok(names.map(str::to_owned).collect())
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Vec<u8>, RunError> {
        let mut answer = Vec::new();
        let request = self.text.other(method, path, body);
        let mut sink = Sink::Collect(&mut answer);
        let called = self.caller.call(Instant::now(), request, &mut sink).await;
        let what = || format!("{method} {path}");
        match called {
            Ok(called) if called.status == 200 => Ok(answer),
            Ok(called) => {
                let text = String::from_utf8_lossy(&answer);
                Err(refused(what(), format!("{} {}", called.status, text.trim())))
            }
            Err(error) => Err(refused(what(), error.to_string())),
        }
    }
}

fn parsed<T: DeserializeOwned>(request: &str, body: &[u8]) -> Result<T, RunError> {
    serde_json::from_slice(body).map_err(|error| refused(request, error.to_string()))
}

fn refused(request: impl Into<String>, why: String) -> RunError {
    RunError::Cluster { request: request.into(), why }
}
