//! Changing a stack's ring.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use reqwest::Client;
use ringway_ring::{NodeId, Weight};
use serde_json::{Value, json};

use super::{Node, Stack, StackError};

/// What is asked for with `POST /ring/change`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RingChange {
    /// Members that shall be in the ring.
    pub add: Vec<NodeId>,
    /// Members that shall not.
    pub remove: Vec<NodeId>,
    /// What members shall weigh.
    pub weights: BTreeMap<NodeId, Weight>,
}

/// Why a node did not take a change.
pub(super) struct RefusedChange {
    pub(super) answer: String,
    /// Whether it is of no use to ask again.
    pub(super) is_final: bool,
}

impl RingChange {
    /// Adds `ids`.
    #[must_use]
    pub fn adding(ids: &[NodeId]) -> Self {
        Self { add: ids.to_vec(), ..Self::default() }
    }

    /// Removes `ids`.
    #[must_use]
    pub fn removing(ids: &[NodeId]) -> Self {
        Self { remove: ids.to_vec(), ..Self::default() }
    }

    pub(super) fn body(&self) -> Value {
        let Self { add, remove, weights } = self;
        json!({ "add": add, "remove": remove, "weights": weights })
    }
}

/// Asks the first node that runs and answers.
pub(super) async fn post(
    stack: &Stack,
    client: &Client,
    path: &str,
    body: &Value,
) -> Result<(), RefusedChange> {
    let mut answer = "no node runs".to_owned();
    for node in running(stack) {
        let url = format!("{}{path}", node.url());
        let response = match client.post(url).body(body.to_string()).send().await {
            Ok(response) => response,
            Err(error) => {
                answer = error.to_string();
                continue;
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        answer = response.text().await.unwrap_or_default();
        if status.is_client_error() {
            return Err(RefusedChange { answer, is_final: true });
        }
    }
    Err(RefusedChange { answer, is_final: false })
}

/// How many partitions may move at once.
pub(super) async fn moving_max(stack: &Stack, client: &Client) -> Result<NonZeroU16, StackError> {
    let node = stack.nodes().first().unwrap_or_else(|| unreachable!("a stack has nodes"));
    let ask = async || {
        let answer = client.get(format!("{}/ring/settings", node.url())).send().await?;
        answer.error_for_status()?.text().await
    };
    let no_view = |source| StackError::NoView { id: node.id().clone(), source };
    let answer = ask().await.map_err(no_view)?;
    let settings: Value = serde_json::from_str(&answer).unwrap_or_default();
    let moving_max = settings.get("moving_max").and_then(Value::as_u64);
    let moving_max =
        moving_max.and_then(|count| NonZeroU16::try_from(u16::try_from(count).ok()?).ok());
    moving_max.ok_or(StackError::RingChange { answer })
}

fn running(stack: &Stack) -> impl Iterator<Item = &Node> {
    stack.nodes().iter().filter(|node| node.pid().is_some())
}

/// Whether every node that runs has the same view, in which nothing is on the way and all of
/// them are up, and knows of as many voters as there should be.
pub(super) async fn settled(stack: &Stack, client: &Client) -> Result<(), StackError> {
    let mut epoch = None;
    for node in running(stack) {
        let ask = async || {
            let answer = client.get(format!("{}/ring/status", node.url())).send().await?;
            let answer = answer.error_for_status()?;
            // Of the view that it goes by, which may be earlier than what it knows.
            let epoch = answer.headers().get("x-ringway-epoch").cloned();
            Ok((epoch, answer.bytes().await?))
        };
        let no_view = |source| StackError::NoView { id: node.id().clone(), source };
        let (found, status) = ask().await.map_err(no_view)?;
        let status: Value = serde_json::from_slice(&status).unwrap_or_default();
        let is_done = status.get("partitions_left").and_then(Value::as_u64) == Some(0);
        let all_up = running(stack).all(|member| {
            let health = status.pointer(&format!("/members/{}/health", member.id()));
            health.and_then(Value::as_str) == Some("up")
        });
        let votes = node.metric("ringway_consensus_voters").await;
        let all_vote = votes.is_some_and(|voters| are_enough(voters, &status));
        if !is_done || !all_up || !all_vote || *epoch.get_or_insert_with(|| found.clone()) != found
        {
            let status = format!("{status}, voters: {votes:?}");
            return Err(StackError::Unsettled { id: node.id().clone(), status });
        }
    }
    Ok(())
}

/// Whether `voters` are an odd number, as many as those that are up give, or the five that a
/// cluster has at most. While they are fewer, or four, it survives less than it will.
fn are_enough(voters: u64, status: &Value) -> bool {
    let members = status.get("members").and_then(Value::as_object);
    let is_up = |member: &&Value| member.get("health").and_then(Value::as_str) == Some("up");
    let up = members.map_or(0, |members| members.values().filter(is_up).count() as u64);
    voters % 2 == 1 && voters + 1 >= up.min(5)
}
