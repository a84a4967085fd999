//! Who is refused, and that nothing else comes of it.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::BytesMut;
use ringway_replica::Message;

use super::encoding::{append, encoded_bytes};
use super::test_peer::{
    Heard, Stranger, TestPeer, disk, identity, introduction, limits, listener, numbered, peer,
    replication, secret,
};
use super::{Greeting, Identity, PeerAddress, PeerLimits, PeerMessage};
use crate::cluster_id::ClusterId;

/// n1, which knows n2, at an address where nobody listens.
async fn node(limits: PeerLimits) -> (TestPeer, SocketAddr) {
    let (own, own_at) = listener().await;
    let (_, free) = listener().await;
    (TestPeer::start(identity(1), own, vec![peer(2, free)], limits), own_at)
}

/// n2 as it should be, but for `change`, connects to n1: why it is told to go.
async fn refused(reason: &str, change: impl FnOnce(&mut Identity)) -> Option<String> {
    let (mut node, at) = node(limits()).await;
    let mut other = identity(2);
    change(&mut other);
    let mut stranger = Stranger::dial(at).await;
    let verdict = stranger.greet_as(&other).await;
    stranger.write(&frame(&numbered(2, 1))).await;
    assert!(stranger.next().await.is_none(), "{reason}: it is closed");
    node.has_refused(reason).await;
    assert!(!node.has_received(), "{reason}");
    verdict.map(|why| String::from_utf8(why.to_vec()).unwrap())
}

fn frame(message: &PeerMessage) -> BytesMut {
    let mut frame = BytesMut::new();
    let bytes = encoded_bytes(message).unwrap();
    append(&mut frame, message, bytes.try_into().unwrap()).unwrap();
    frame
}

#[tokio::test]
async fn who_is_not_of_the_cluster_is_refused() {
    let untold = refused("secret", |it| it.secret = secret("some other secret")).await;
    assert_eq!(untold, None);

    let told = refused("cluster", |it| it.cluster = "other".parse().unwrap()).await.unwrap();
    assert!(told.contains("cluster other"), "{told}");
    let told = refused("oneself", |it| it.number = identity(1).number).await.unwrap();
    assert!(told.contains("own number"), "{told}");
    let told = refused("unknown_node", |it| it.number = identity(3).number).await.unwrap();
    assert!(told.contains("no member n2 with the number #3"), "{told}");
    let told = refused("unknown_node", |it| it.id = identity(3).id).await.unwrap();
    assert!(told.contains("no member n3"), "{told}");
    let told = refused("shards", |it| it.shards = 8).await.unwrap();
    assert!(told.contains("8 shards, this node into 4"), "{told}");
    let told = refused("cluster_id", |it| it.cluster_id = ClusterId::new([2; 16]).into()).await;
    let ids = format!("with the id {}, this node of {}", "02".repeat(16), "01".repeat(16));
    assert!(told.as_ref().unwrap().contains(&ids), "{told:?}");
    let told = refused("not_joined", |it| it.cluster_id = OnceLock::new()).await.unwrap();
    assert!(told.contains("n2 has not joined a cluster yet"), "{told}");
    let told = refused("other_disk", |it| it.disk = disk(3)).await.unwrap();
    assert!(told.contains("n2 comes with another disk than the one it joined with"), "{told}");
    assert!(told.contains("Remove n2 from the ring first, or give it its old data"), "{told}");
}

#[tokio::test]
async fn another_version_is_refused_whatever_follows_it() {
    let (node, at) = node(limits()).await;
    let mut stranger = Stranger::dial(at).await;
    let told = stranger.greet(&identity(2).secret, b"\0\0\0\x63???").await.unwrap();
    assert!(told.starts_with(b"it speaks version 99"), "{told:?}");
    node.has_refused("protocol").await;
}

#[tokio::test]
async fn a_disk_that_nobody_remembers_is_let_in() {
    let ((own, own_at), (_, free)) = (listener().await, listener().await);
    let member = PeerAddress { disk: None, ..peer(2, free) };
    let mut node = TestPeer::start(identity(1), own, vec![member], limits());
    let mut stranger = Stranger::dial(own_at).await;
    let other = Identity { disk: disk(9), ..identity(2) };
    assert_eq!(stranger.greet_as(&other).await.unwrap(), b""[..]);
    stranger.write(&frame(&numbered(2, 1))).await;
    node.hears(Heard::Received(numbered(2, 1))).await;
}

#[tokio::test]
async fn a_node_that_has_not_joined_lets_nobody_in() {
    let ((own, own_at), (_, free)) = (listener().await, listener().await);
    let joining = Identity { cluster_id: OnceLock::new(), ..identity(1) };
    let mut node = TestPeer::start(joining, own, vec![peer(2, free)], limits());
    let told = Stranger::dial(own_at).await.greet_as(&identity(2)).await.unwrap();
    assert!(told.starts_with(b"n1 has not joined"), "{told:?}");
    node.has_refused("not_joined").await;
    node.peers.set_cluster_id(ClusterId::new([1; 16]));
    let mut stranger = Stranger::dial(own_at).await;
    assert_eq!(stranger.greet_as(&identity(2)).await.unwrap(), b""[..]);
    stranger.write(&frame(&numbered(2, 1))).await;
    node.hears(Heard::Received(numbered(2, 1))).await;
}

#[tokio::test]
async fn strangers_hear_nothing_but_a_nonce() {
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 200], &[0, 0, 0, 1, 1], &[0xff; 40]] {
        let (node, at) = node(limits()).await;
        let mut stranger = Stranger::dial(at).await;
        stranger.write(garbage).await;
        if let Some(nonce) = stranger.next().await {
            assert_eq!(nonce.len(), 32);
            assert!(stranger.next().await.is_none());
        }
        node.has_refused("garbage").await;
    }
}

#[tokio::test]
async fn a_recorded_greeting_opens_nothing() {
    let (node, at) = node(limits()).await;
    let other = identity(2);
    let greeting = introduction(other.greeting());
    let mut first = Stranger::dial(at).await;
    assert_eq!(first.greet(&other.secret, &greeting).await.unwrap(), b""[..]);

    // The same frames again, as another node would hear them with the nonce it gave.
    let (ear, ear_at) = listener().await;
    let recorded = tokio::spawn(async move {
        let mut thief = Stranger::answer(&ear).await;
        thief.send(&[&[9; 32]]).await;
        [thief.next().await.unwrap(), thief.next().await.unwrap()]
    });
    let mut victim = Stranger::dial(ear_at).await;
    assert!(victim.greet(&other.secret, &greeting).await.is_none());
    let mut replay = Stranger::dial(at).await;
    for frame in recorded.await.unwrap() {
        replay.send(&[&frame]).await;
    }
    assert_eq!(replay.next().await.unwrap().len(), 32);
    assert!(replay.next().await.is_none());
    node.has_refused("secret").await;
}

#[tokio::test]
async fn an_echo_is_no_peer() {
    let ((own, _), (echo, echo_at)) = (listener().await, listener().await);
    let node = TestPeer::start(identity(1), own, vec![peer(2, echo_at)], limits());
    let (stream, _) = echo.accept().await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let echoing = tokio::spawn(async move { tokio::io::copy(&mut read, &mut write).await });
    node.has_refused("secret").await;
    echoing.abort();
}

#[tokio::test]
async fn messages_that_cannot_be_are_refused() {
    let too_long = u32::try_from(limits().frame_bytes_max + 1).unwrap().to_be_bytes();
    let cases: [(&str, &[u8]); 6] = [
        ("too_long", &too_long),
        ("undecodable", b"\0\0\0\x02\xff\xff"),
        ("undecodable", b"\0\0\0\0"),
        ("undecodable", &[&b"\0\0\0\x04"[..], &frame(&numbered(2, 1))[4..], b"?"].concat()),
        ("sender", &frame(&replication(1, 0, Message::StaleView))),
        ("shard", &frame(&replication(2, 4, Message::StaleView))),
    ];
    for (reason, bytes) in cases {
        let (mut node, at) = node(limits()).await;
        let other = identity(2);
        let mut stranger = Stranger::dial(at).await;
        let verdict = stranger.greet_as(&other).await;
        assert_eq!(verdict.unwrap(), b""[..]);
        stranger.write(&[bytes, &frame(&numbered(2, 2))].concat()).await;
        while stranger.next().await.is_some() {}
        node.has_refused(reason).await;
        assert!(!node.has_received(), "{reason}: nor what follows");
    }
}

#[tokio::test]
async fn strangers_are_bounded_in_number_and_time() {
    let (busy, at) = node(PeerLimits { greetings_max: 1, ..limits() }).await;
    let mut first = Stranger::dial(at).await;
    assert!(first.next().await.is_some(), "it has the one place");
    assert!(Stranger::dial(at).await.next().await.is_none());
    busy.has_refused("busy").await;

    let (slow, at) = node(PeerLimits { greeting: Duration::from_millis(50), ..limits() }).await;
    let mut stranger = Stranger::dial(at).await;
    assert!(stranger.next().await.is_some());
    assert!(stranger.next().await.is_none());
    slow.has_refused("slow").await;
}

/// n1 dials, and who answers is n2 but for `change`: what n1 tells.
async fn answered(reason: &str, change: impl FnOnce(&mut Identity)) {
    let ((own, _), (other, other_at)) = (listener().await, listener().await);
    let mut identity_of_other = identity(2);
    change(&mut identity_of_other);
    let mut node = TestPeer::start(identity(1), own, vec![peer(2, other_at)], limits());
    let mut stranger = Stranger::answer(&other).await;
    let greeting: Greeting = identity_of_other.greeting();
    let told = stranger.welcome(&identity_of_other.secret, &greeting.encode()).await;
    assert_eq!(told, None, "{reason}");
    drop((stranger, other));
    node.has_refused(reason).await;
    assert!(!node.has_received());
    assert_eq!(node.metric("ringway_peers_connected"), 0);
}

#[tokio::test]
async fn who_answers_is_judged_before_anything_is_told() {
    answered("secret", |it| it.secret = secret("some other secret")).await;
    answered("cluster", |it| it.cluster = "other".parse().unwrap()).await;
    answered("oneself", |it| it.number = identity(1).number).await;
    answered("other_node", |it| it.id = identity(3).id).await;
    answered("other_node", |it| it.number = identity(3).number).await;
    answered("shards", |it| it.shards = 8).await;
    answered("cluster_id", |it| it.cluster_id = ClusterId::new([2; 16]).into()).await;
    answered("not_joined", |it| it.cluster_id = OnceLock::new()).await;
    answered("other_disk", |it| it.disk = disk(3)).await;
}

#[tokio::test]
async fn who_is_turned_away_says_so() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    // n2 knows n1 by another number.
    let mut unknown = peer(1, first_at);
    unknown.number = identity(3).number;
    let node = TestPeer::start(identity(1), first, vec![peer(2, second_at)], limits());
    let _other = TestPeer::start(identity(2), second, vec![unknown], limits());
    node.counts("ringway_peer_refused_total:turned_away", 1).await;
}

#[tokio::test]
async fn acknowledgements_that_are_none_are_refused() {
    let ((own, _), (other, other_at)) = (listener().await, listener().await);
    let mut node = TestPeer::start(identity(1), own, vec![peer(2, other_at)], limits());
    let mut stranger = Stranger::answer(&other).await;
    let it = identity(2);
    assert!(stranger.welcome(&it.secret, &it.greeting().encode()).await.is_some());
    node.is_reached(2).await;
    stranger.send(&[b"seven"]).await;
    drop(other);
    node.has_refused("undecodable").await;
}
