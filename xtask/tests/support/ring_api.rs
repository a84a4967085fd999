//! What a stack's nodes tell of their ring, and of what would become of it.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use xtask::stack::{RingChange, Stack};

fn url(stack: &Stack, path: &str) -> String {
    let node = stack.nodes().iter().find(|node| node.pid().is_some()).unwrap();
    format!("{}{path}", node.url())
}

async fn told(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// What a node that runs says under `/ring/status`.
pub(crate) async fn status(stack: &Stack) -> Value {
    let client = Client::builder().no_proxy().build().unwrap();
    told(client.get(url(stack, "/ring/status"))).await
}

/// What the nodes say that `change` would do.
pub(crate) async fn plan(stack: &Stack, change: &RingChange) -> Value {
    let client = Client::builder().no_proxy().build().unwrap();
    let RingChange { add, remove, weights } = change;
    let body = json!({ "add": add, "remove": remove, "weights": weights }).to_string();
    told(client.post(url(stack, "/ring/plan")).body(body)).await
}

/// How many bytes each node gets by `plan`, if any.
pub(crate) fn to_receive(plan: &Value) -> BTreeMap<String, u64> {
    let mut received = BTreeMap::new();
    for link in plan["links"].as_array().unwrap() {
        let to = link["to"].as_str().unwrap().to_owned();
        *received.entry(to).or_default() += link["bytes"].as_u64().unwrap();
    }
    received
}
