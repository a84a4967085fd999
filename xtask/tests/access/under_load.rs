//! What is changed while clients write and read through both edges: users, the key that signs, and
//! the nodes' certificates. Whom it concerns notices it, everywhere and at once, and nobody else does.

use std::num::NonZeroU16;
use std::slice;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use xtask::stack::{Node, RingChange, StackOptions};
use xtask::wait;

use crate::PATIENCE;
use crate::client::Client;
use crate::cluster::{Cluster, password_of};
use crate::crowd::Crowd;
use crate::shut_out::ShutOut;
use crate::tokens::kid_of;

/// How many requests each client sends between two steps.
const CALM: usize = 40;
const NEW_PASSWORD: &str = "another password";

#[tokio::test]
async fn users_keys_and_certificates_change_under_load_and_only_those_notice_whom_it_concerns() {
    let certificates = ["--certificate-lifetime", "4s"].map(str::to_owned).to_vec();
    let moving_max = Some(NonZeroU16::MAX);
    let options = StackOptions {
        peer_tls: true,
        moving_max,
        node_arguments: certificates,
        ..StackOptions::of(3)
    };
    let mut cluster = Cluster::with(options).await;
    cluster.put_the_key().await;
    let [_, (_, envoy), (_, haproxy)] = cluster.places();
    let first_ends = certificate_ends(&cluster).await;
    let crowd = Crowd::start(&cluster).await;
    crowd.progress(CALM).await;

    let before = kid_of(cluster.stack.token().unwrap());
    admin(&cluster, &envoy, "POST /auth/rotate-key", "").await;
    // For a minute it doesn't sign yet.
    void_is_every_token_of_whom(&cluster, "leaves", &envoy, "DELETE /users/leaves", "").await;
    let password = json!({ "password": NEW_PASSWORD }).to_string();
    let change = "PUT /users/changes/password";
    void_is_every_token_of_whom(&cluster, "changes", &haproxy, change, &password).await;
    who_logs_in_afterwards(&cluster).await;
    crowd.progress(CALM).await;

    the_next_key_signs(&cluster, &crowd, &before).await;
    crowd.progress(CALM).await;
    nodes_greet_by_renewed_certificates(&mut cluster, &first_ends).await;
    crowd.progress(CALM).await;
    crowd.end().await;
    let ended = cluster.stack.take_ended();
    assert!(ended.is_empty(), "{ended:?}");
}

/// Does `what` as an admin, by the edge at `url`, with success.
async fn admin(cluster: &Cluster, url: &str, what: &str, body: &str) -> Value {
    let (method, target) = what.split_once(' ').unwrap();
    let mut client = Client::new(url, cluster.stack.token().unwrap());
    let answer = client.send(method, target, body).await;
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    answer.json()
}

/// The status of `what` at `url`, and the code or the token that came with it.
async fn log_in(url: &str, name: &str, password: &str) -> (u16, String) {
    let body = json!({ "username": name, "password": password }).to_string();
    let answer = Client::new(url, "").send("POST", "/login", &body).await;
    match answer.status {
        200 => (200, answer.json()["token"].as_str().unwrap().to_owned()),
        status => (status, answer.code()),
    }
}

/// A token of the user `name`, who is there for that, is void once `what` is done, at both edges and
/// at every node.
async fn void_is_every_token_of_whom(
    cluster: &Cluster,
    name: &str,
    edge: &str,
    what: &str,
    body: &str,
) {
    let token = cluster.user(name, "reader", &[]).await;
    let shut_out = ShutOut::start(cluster, &token).await;
    let asked = Instant::now();
    admin(cluster, edge, what, body).await;
    shut_out.ends(asked, Instant::now()).await;
}

async fn who_logs_in_afterwards(cluster: &Cluster) {
    let [_, edges @ ..] = cluster.places();
    for (place, url) in edges {
        for (name, password) in
            [("leaves", password_of("leaves")), ("changes", password_of("changes"))]
        {
            let refused = log_in(&url, name, &password).await;
            assert_eq!(refused, (401, "wrong_password".into()), "{name} at {place}");
        }
        let (status, token) = log_in(&url, "changes", NEW_PASSWORD).await;
        assert_eq!(status, 200, "{place}: {token}");
        everybody_lets_in(cluster, &token).await;
    }
}

async fn everybody_lets_in(cluster: &Cluster, token: &str) {
    for url in cluster.every_place() {
        let answer = Client::new(&url, token).send("GET", "/kv/a/k", "").await;
        assert_eq!(answer.status, 200, "{url}: {answer:?}");
    }
}

/// Once the key after `before` signs, everybody gives tokens of it, and takes them at once.
async fn the_next_key_signs(cluster: &Cluster, crowd: &Crowd, before: &str) {
    let forger = cluster.forger().await;
    assert_ne!(forger.kid(), before);
    // It doesn't sign yet, but everybody has to know it before it does.
    let next = forger.again(cluster.stack.token().unwrap());
    for url in cluster.every_place() {
        let mut client = Client::new(&url, &next);
        let knows_it = async || client.send("GET", "/kv/a/k", "").await.status == 200;
        assert!(wait::until(PATIENCE, knows_it).await, "{url} doesn't know the key");
    }
    assert!(!crowd.has_token_of(forger.kid()), "it signs before everybody had time to learn of it");
    // More than the minute for which it is known and doesn't sign.
    let signs = async || crowd.has_token_of(forger.kid());
    assert!(wait::until(2 * PATIENCE, signs).await, "it never signs");
    for url in cluster.every_place() {
        let (status, token) = log_in(&url, "reader", &password_of("reader")).await;
        assert_eq!(status, 200, "{url}: {token}");
        assert_eq!(kid_of(&token), forger.kid(), "{url}");
        everybody_lets_in(cluster, &token).await;
    }
}

/// When the certificate of each node ends, in seconds since 1970.
async fn certificate_ends(cluster: &Cluster) -> Vec<u64> {
    let mut ends = Vec::new();
    for node in cluster.stack.nodes() {
        ends.push(node.metric("ringway_peer_certificate_ends_seconds").await.unwrap());
    }
    ends
}

/// A node that comes is greeted by all others, and greets them, when the certificates that they had
/// first have ended: so by later ones. Then it serves.
async fn nodes_greet_by_renewed_certificates(cluster: &mut Cluster, first_ends: &[u64]) {
    let have_ended = async || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        first_ends.iter().all(|end| *end < now)
    };
    assert!(wait::until(PATIENCE, have_ended).await, "{first_ends:?}");
    let [fourth] = &StackOptions::of(4).members.split_off(3)[..] else { panic!("n4 alone") };
    cluster.stack.join(vec![fourth.clone()]).await.unwrap();
    let connected = async |node: &Node| node.metric("ringway_peers_connected").await;
    for node in cluster.stack.nodes() {
        let greets = wait::until(PATIENCE, async || connected(node).await == Some(3)).await;
        assert!(greets, "{}: {:?}", node.id(), connected(node).await);
    }
    for node in &cluster.stack.nodes()[..3] {
        let renewals = node.metric("ringway_peer_certificate_renewals_total").await;
        let reconnects = node.metric("ringway_peer_reconnects_total").await;
        // Were connections ended for it, there would be two for each.
        let are_few = renewals > Some(1) && reconnects < renewals;
        assert!(are_few, "{}: {renewals:?}, {reconnects:?}", node.id());
    }
    cluster.stack.change(&RingChange::adding(slice::from_ref(&fourth.id))).await.unwrap();
    let served = cluster.stack.nodes()[3].metric("ringway_peer_messages_received_total").await;
    assert!(served > Some(0), "{served:?}");
}
