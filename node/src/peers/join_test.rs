//! Joining a cluster, and not being let in.

use std::future::{pending, ready};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::test_peer::{
    Stranger, TestPeer, disk, identity, limits, listener, number, peer, secret,
};
use super::{Identity, JoinReply, JoinRequest, Joined, PeerLimits, Secret, join};
use crate::cluster_id::ClusterId;

const PATIENCE: Duration = Duration::from_secs(30);
const ONE_ROUND: Duration = Duration::ZERO;

/// Of a node that is in no cluster.
pub(super) fn request() -> JoinRequest {
    JoinRequest {
        cluster: "ringway".parse().unwrap(),
        id: "n6".parse().unwrap(),
        disk: disk(6),
        client: "10.0.0.6:8080".parse().unwrap(),
        peer: "10.0.0.6:7000".parse().unwrap(),
        zone: "a".parse().unwrap(),
        weight: "2".parse().unwrap(),
        shards: 4,
        token: None,
    }
}

fn joined() -> Joined {
    let members = (1..=1000).map(|node| peer(node % 200, "10.0.0.1:7000".parse().unwrap()));
    Joined { cluster: ClusterId::new([1; 16]), members: members.collect(), ca: None }
}

/// The cluster's secret.
fn shared() -> Secret {
    identity(1).secret
}

/// n1, whose desk says `reply`.
async fn member(
    reply: impl Fn(JoinRequest) -> JoinReply + Send + Sync + 'static,
) -> (TestPeer, SocketAddr) {
    member_as(identity(1), reply).await
}

async fn member_as(
    identity: Identity,
    reply: impl Fn(JoinRequest) -> JoinReply + Send + Sync + 'static,
) -> (TestPeer, SocketAddr) {
    let (own, own_at) = listener().await;
    let desk = move |request| ready(reply(request));
    (TestPeer::start_with_desk(identity, own, Vec::new(), limits(), desk), own_at)
}

/// Why n6 can't join through `at`.
async fn refusal(at: SocketAddr, secret: &Secret, request: &JoinRequest) -> String {
    let refused =
        join(&[at.to_string()], (secret, None), request, PATIENCE).await.unwrap_err().to_string();
    assert!(refused.starts_with(&format!("can't join the cluster ringway: {at}: ")), "{refused}");
    refused
}

#[tokio::test]
async fn who_knows_the_secret_is_heard_and_joins() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let (node, at) = member(move |request| {
        told.lock().push(request);
        JoinReply::Joined(joined())
    })
    .await;
    assert_eq!(
        join(&[at.to_string()], (&shared(), None), &request(), PATIENCE).await.unwrap(),
        joined()
    );
    assert_eq!(*heard.lock(), [request()]);
    assert_eq!(node.metric("ringway_peer_refused_total"), 0);
    assert!(!node.peers.reaches(number(6)), "members are told by whoever agrees on them");
}

#[tokio::test]
async fn who_may_not_join_is_told_why() {
    let why = "there is an n6 already: join under another id";
    let (node, at) = member(move |_| JoinReply::Refused { why: why.to_owned() }).await;
    let told = refusal(at, &shared(), &request()).await;
    assert!(told.ends_with(&format!(": refused: {why}")), "{told}");
    node.has_refused("join").await;
}

#[tokio::test]
async fn what_no_desk_needs_to_decide_is_refused_before_it() {
    for (reason, said, change) in [
        ("oneself", "own number", (|it| it.id = identity(1).id) as fn(&mut JoinRequest)),
        ("shards", "8 shards, this node into 4", |it| it.shards = 8),
    ] {
        let (node, at) = member(|_| panic!("the desk was asked")).await;
        let mut request = request();
        change(&mut request);
        let told = refusal(at, &shared(), &request).await;
        assert!(told.contains(said), "{told}");
        node.has_refused(reason).await;
    }
}

#[tokio::test]
async fn another_clusters_name_is_told_before_anything_is_asked() {
    let (node, at) = member(|_| panic!("the desk was asked")).await;
    let other = JoinRequest { cluster: "other".parse().unwrap(), ..request() };
    let told =
        join(&[at.to_string()], (&shared(), None), &other, PATIENCE).await.unwrap_err().to_string();
    assert!(told.contains("it is of the cluster ringway: ask for that with --cluster"), "{told}");
    assert_eq!(node.metric("ringway_peer_refused_total"), 0);
}

#[tokio::test]
async fn a_list_of_addresses_may_hold_the_nodes_own() {
    let itself = Identity { id: request().id, disk: request().disk, ..identity(6) };
    let (itself, own) = member_as(itself, |_| panic!("it asked itself")).await;
    let told = refusal(own, &shared(), &request()).await;
    assert!(told.contains("that is this node's own address"), "{told}");
    let (_node, at) = member(|_| JoinReply::Joined(joined())).await;
    let both = [own.to_string(), at.to_string()];
    assert_eq!(join(&both, (&shared(), None), &request(), PATIENCE).await.unwrap(), joined());
    assert_eq!(itself.metric("ringway_peer_refused_total"), 0);
}

#[tokio::test]
async fn another_secret_is_the_likely_reason_of_a_greeting_that_breaks_off() {
    let (node, at) = member(|_| panic!("the desk was asked")).await;
    let told = refusal(at, &secret("some other secret"), &request()).await;
    assert!(told.contains("most likely its secret is another than this node's"), "{told}");
    node.has_refused("secret").await;
}

#[tokio::test]
async fn every_address_says_what_came_of_it() {
    let (_, nobody) = listener().await;
    let (web, web_at) = listener().await;
    let answering = tokio::spawn(async move {
        loop {
            let mut stranger = Stranger::answer(&web).await;
            stranger.write(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let addresses = [nobody.to_string(), web_at.to_string(), "no port".to_owned()];
    let told =
        join(&addresses, (&shared(), None), &request(), ONE_ROUND).await.unwrap_err().to_string();
    assert!(told.contains(&format!("{nobody}: nobody can be connected to there")), "{told}");
    assert!(told.contains(&format!("{web_at}: who answers is no ringway node")), "{told}");
    assert!(told.contains("no port: the name can't be resolved"), "{told}");
    answering.abort();
}

#[tokio::test]
async fn who_is_sent_on_follows_and_who_is_sent_in_circles_stops() {
    let (_leader, leader) = member(|_| JoinReply::Joined(joined())).await;
    let (_node, at) = member(move |_| JoinReply::Elsewhere { leader }).await;
    assert_eq!(
        join(&[at.to_string()], (&shared(), None), &request(), PATIENCE).await.unwrap(),
        joined()
    );

    let (own, own_at) = listener().await;
    let desk = move |_| ready(JoinReply::Elsewhere { leader: own_at });
    let _circle = TestPeer::start_with_desk(identity(1), own, Vec::new(), limits(), desk);
    let told =
        join(&[own_at.to_string()], (&shared(), None), &request(), ONE_ROUND).await.unwrap_err();
    assert!(told.to_string().contains("sent from node to node"), "{told}");
}

#[tokio::test]
async fn who_is_told_later_tries_again() {
    let left = Mutex::new(3);
    let (node, at) = member(move |_| {
        let mut left = left.lock();
        *left -= 1;
        match *left {
            0 => JoinReply::Joined(joined()),
            _ => JoinReply::Later { why: "nobody leads".to_owned() },
        }
    })
    .await;
    assert_eq!(
        join(&[at.to_string()], (&shared(), None), &request(), PATIENCE).await.unwrap(),
        joined()
    );
    assert_eq!(node.metric("ringway_peer_refused_total"), 0);
}

#[tokio::test]
async fn a_node_that_has_not_joined_itself_says_so() {
    let joining = Identity { cluster_id: OnceLock::new(), ..identity(1) };
    let (node, at) = member_as(joining, |_| JoinReply::Joined(joined())).await;
    let told = join(&[at.to_string()], (&shared(), None), &request(), ONE_ROUND).await.unwrap_err();
    node.has_refused("not_joined").await;
    assert!(told.to_string().contains("n1 has not joined"), "{told}");
}

#[tokio::test]
async fn how_many_ask_at_once_is_bounded() {
    let (own, own_at) = listener().await;
    let limits = PeerLimits { joins_max: 1, join: PATIENCE, ..limits() };
    let asked = Arc::new(Notify::new());
    let desk = {
        let asked = Arc::clone(&asked);
        move |_| {
            asked.notify_one();
            pending::<JoinReply>()
        }
    };
    let node = TestPeer::start_with_desk(identity(1), own, Vec::new(), limits, desk);
    let ask = || async move {
        join(&[own_at.to_string()], (&shared(), None), &request(), ONE_ROUND).await
    };
    let first = tokio::spawn(ask());
    asked.notified().await;
    let told = ask().await.unwrap_err().to_string();
    assert!(told.contains("not yet: "), "{told}");
    node.counts("ringway_peer_refused_total:join_busy", 1).await;
    first.abort();
}

#[tokio::test]
async fn how_long_an_answer_may_take_is_bounded() {
    let (own, own_at) = listener().await;
    let limits = PeerLimits { join: Duration::from_millis(100), ..limits() };
    let _node =
        TestPeer::start_with_desk(identity(1), own, Vec::new(), limits, |_| pending::<JoinReply>());
    let told = join(&[own_at.to_string()], (&shared(), None), &request(), ONE_ROUND).await;
    let told = told.unwrap_err().to_string();
    assert!(told.contains("has not decided in time"), "{told}");
}
