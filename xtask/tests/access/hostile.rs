//! Ten thousand tokens that are none, and ten thousand requests that are nearly HTTP, at each edge
//! and at a node: nobody is let in, nobody crashes, nobody hangs.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::cluster::Cluster;
use crate::mutated_requests::mutated_request;
use crate::mutated_tokens::TokenMutator;
use crate::random::Random;
use crate::raw_http::Connection;
use crate::wire::exchange_all;

const SEED: u64 = 7;
const COUNT: usize = 10_000;

/// Who runs: whoever crashes and comes back is somebody else.
async fn who_runs(cluster: &Cluster) -> Vec<String> {
    let (envoy, haproxy) = (cluster.stack.edge(), cluster.stack.haproxy());
    // Each of Envoy's workers has a VM for the filter; one that panics is made anew.
    let filter = "filter=wasm.*created|hot_restart_epoch";
    let stats = reqwest::get(format!("{}/stats?{filter}", envoy.admin_url())).await.unwrap();
    let stats = stats.text().await.unwrap();
    assert!(stats.contains("created"), "{stats}");
    let mut socket = UnixStream::connect(haproxy.socket()).await.unwrap();
    socket.write_all(b"show info\n").await.unwrap();
    let mut info = String::new();
    socket.read_to_string(&mut info).await.unwrap();
    let worker = info.lines().find(|line| line.starts_with("Pid: ")).unwrap().to_owned();
    let nodes = cluster.stack.nodes().iter().map(|node| format!("{:?}", node.pid()));
    let edges = [format!("{:?} {:?}", envoy.pid(), haproxy.pid()), stats, worker];
    edges.into_iter().chain(nodes).collect()
}

/// Sends each of `requests`, with what was done to it, everywhere; none of them may have anything.
async fn nobody_is_let_in(cluster: &mut Cluster, requests: Vec<(&'static str, Vec<u8>)>) {
    let token = cluster.stack.token().unwrap().to_owned();
    cluster.put_the_key().await;
    let before = who_runs(cluster).await;
    let (kinds, requests): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
    let requests = Arc::new(requests);
    for (place, url) in cluster.places() {
        let replies = exchange_all(url.strip_prefix("http://").unwrap(), &requests).await;
        assert_eq!(replies.len(), requests.len());
        let (mut statuses, mut passed) = (BTreeMap::new(), BTreeMap::new());
        for (number, reply) in replies {
            let kind = kinds[number];
            let case = || {
                let request = requests[number].escape_ascii().to_string();
                let shown = request.get(..4000).unwrap_or(&request);
                format!("{place}: seed {SEED}, case {number}, {kind}: {shown}")
            };
            let reply = reply.unwrap_or_else(|error| {
                let log = cluster.stack.directory().join("logs").join("n1.log");
                let log = std::fs::read_to_string(log).unwrap();
                let said = log.split("panicked at").nth(1).unwrap_or_default();
                let said = said.get(..4000).unwrap_or(said);
                panic!("{error}: {}\n{said}", case())
            });
            for status in &reply.statuses {
                *statuses.entry(*status).or_insert(0) += 1;
                let is_refusal = matches!(status, 400..=499 | 505);
                assert!(is_refusal, "{status}: {}\n{}", case(), reply.text());
            }
            *passed.entry(kind).or_insert(0) += usize::from(reply.is_a_nodes);
        }
        // What the edge leaves to nodes, who see more: worth a look, and no promise.
        println!("{place}: {statuses:?}; answered by a node: {passed:?}");
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let good = Connection::open(&url).await.send("GET", "/kv/a/k", &headers, "").await;
        assert_eq!(good.status, 200, "{place}: {good:?}");
    }
    assert_eq!(who_runs(cluster).await, before);
    let ended = cluster.stack.take_ended();
    assert!(ended.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn no_mutated_token_lets_anybody_in_and_nobody_crashes_or_hangs() {
    let mut cluster = Cluster::start().await;
    let forger = cluster.forger().await;
    let good = cluster.stack.token().unwrap().to_owned();
    let (mutator, mut random) = (TokenMutator { good: &good, forger: &forger }, Random::new(SEED));
    let requests = (0..COUNT).map(|_| {
        let (kind, lines) = mutator.next(&mut random);
        (kind, [b"GET /kv/a/k HTTP/1.1\r\nhost: ringway\r\n", &*lines, b"\r\n"].concat())
    });
    let requests = requests.collect();
    nobody_is_let_in(&mut cluster, requests).await;
}

#[tokio::test]
async fn no_mutated_request_gets_anything_and_nobody_crashes_or_hangs() {
    let mut cluster = Cluster::start().await;
    let mut random = Random::new(SEED);
    let requests = (0..COUNT).map(|_| ("a request", mutated_request(&mut random))).collect();
    nobody_is_let_in(&mut cluster, requests).await;
}
