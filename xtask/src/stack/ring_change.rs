//! Changing a stack's ring.

use std::collections::BTreeMap;

use reqwest::Client;
use ringway_ring::{NodeId, Weight};
use serde_json::{Value, json};

use super::{Stack, StackError};

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

    /// Asks the first node that runs and answers.
    pub(super) async fn ask(&self, stack: &Stack, client: &Client) -> Result<(), RefusedChange> {
        let Self { add, remove, weights } = self;
        let body = json!({ "add": add, "remove": remove, "weights": weights }).to_string();
        let mut answer = "no node runs".to_owned();
        for node in stack.nodes().iter().filter(|node| node.pid().is_some()) {
            let url = format!("{}/ring/change", node.url());
            let response = match client.post(url).body(body.clone()).send().await {
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
}

/// Whether every node that runs has the same view, in which nothing is on the way.
pub(super) async fn settled(stack: &Stack, client: &Client) -> Result<(), StackError> {
    let mut epoch = None;
    for node in stack.nodes().iter().filter(|node| node.pid().is_some()) {
        let ask = async || {
            let answer = client.get(format!("{}/ring/status", node.url())).send().await?;
            answer.error_for_status()?.bytes().await
        };
        let no_view = |source| StackError::NoView { id: node.id().clone(), source };
        let status = ask().await.map_err(no_view)?;
        let status: Value = serde_json::from_slice(&status).unwrap_or_default();
        let number = |name| status.get(name).and_then(Value::as_u64);
        let (is_done, found) = (number("partitions_left") == Some(0), number("epoch"));
        if !is_done || *epoch.get_or_insert(found) != found {
            let status = status.to_string();
            return Err(StackError::Unsettled { id: node.id().clone(), status });
        }
    }
    Ok(())
}
