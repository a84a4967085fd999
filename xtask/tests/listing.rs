//! `GET /kv` lists the keys of all nodes, in order and page by page, or says that it
//! can't.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;

use reqwest::{Client, StatusCode};
use ringway_ring::encode_path;
use serde_json::Value;
use xtask::stack::{Stack, StackOptions};

/// Every key that begins with `prefix`, read in pages of `limit`.
async fn list(client: &Client, url: &str, prefix: &str, limit: usize) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut after = String::new();
    loop {
        let (prefix, place) = (encode_path(prefix), encode_path(&after));
        let page = format!("{url}/kv?prefix={prefix}&limit={limit}&after={place}");
        let answer = client.get(page).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let page: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let listed = page["keys"].as_array().unwrap();
        assert!(listed.len() <= limit);
        keys.extend(listed.iter().map(|entry| entry["key"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return keys,
        }
    }
}

#[tokio::test]
async fn all_keys_in_order_whichever_node_is_asked_and_with_one_down() {
    let mut stack = Stack::start(StackOptions::of(3)).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let edge = stack.edge().url();

    let stored: BTreeSet<String> = (0..300).map(|number| format!("list/a b&ü+{number}")).collect();
    for key in &stored {
        let target = format!("{edge}/kv/{}", encode_path(key));
        let answer = client.put(target).body("x").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    let expected: Vec<_> = stored.iter().cloned().collect();
    for url in stack.nodes().iter().map(xtask::stack::Node::url).chain([edge.clone()]) {
        for limit in [1000, 300, 7] {
            assert_eq!(list(&client, &url, "list/", limit).await, expected, "{url} by {limit}");
        }
        assert_eq!(list(&client, &url, "nothing/", 10).await, Vec::<String>::new());
    }

    // Without one of the nodes the others still know of every key.
    let ids: Vec<_> = stack.nodes().iter().map(|node| node.id().clone()).collect();
    stack.kill(&ids[0]);
    for url in [stack.nodes()[1].url(), edge] {
        assert_eq!(list(&client, &url, "list/", 7).await, expected, "{url}");
    }
    // Without a majority nobody does, and there is no page rather than one that lacks keys.
    stack.kill(&ids[1]);
    let page = format!("{}/kv?prefix=list/", stack.nodes()[2].url());
    let answer = client.get(page).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["code"], "nodes_missing");
}
