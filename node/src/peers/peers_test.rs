//! Nodes that speak with each other over real sockets.

use std::time::Duration;

use bytes::Bytes;
use ringway_replica::{Body, Incarnation, Message, Record, Value, Version};
use ringway_ring::{Key, PartitionCount};
use tokio::net::TcpListener;
use tokio::time::interval;

use super::test_peer::{
    Heard, Stranger, TestPeer, identity, limits, listener, number, numbered, peer, replication,
};
use super::{PeerLimits, PeerMessage};

/// `count` nodes, n1 and so on, each of which has reached every other.
pub(super) async fn cluster(count: u32) -> Vec<TestPeer> {
    let mut listeners = Vec::new();
    for _ in 0..count {
        listeners.push(listener().await);
    }
    let members: Vec<_> = (1..).zip(&listeners).map(|(node, (_, at))| peer(node, *at)).collect();
    let mut nodes: Vec<_> = (1..)
        .zip(listeners)
        .map(|(node, (listener, _))| {
            TestPeer::start(identity(node), listener, members.clone(), limits())
        })
        .collect();
    for node in &mut nodes {
        for _ in 1..count {
            assert!(matches!(node.next().await, Heard::Reachable(..)));
        }
    }
    nodes
}

#[tokio::test]
async fn all_hear_each_other_in_order() {
    for count in [2, 3] {
        let mut nodes = cluster(count).await;
        for id in 0..100 {
            for (from, node) in (1..).zip(&nodes) {
                for to in (1..=count).filter(|&to| to != from) {
                    node.send(to, numbered(from, id));
                }
            }
        }
        for (to, node) in (1..).zip(&mut nodes) {
            let mut next = vec![0; count as usize + 1];
            for _ in 0..100 * (count - 1) {
                let heard = node.next().await;
                let Heard::Received(PeerMessage::Replication { ref envelope, .. }) = heard else {
                    panic!("a connection was lost");
                };
                let from = envelope.from.get();
                assert_ne!(from, to);
                let id = &mut next[from as usize];
                assert_eq!(heard, Heard::Received(numbered(from, *id)));
                *id += 1;
            }
        }
        for node in &nodes {
            let others = u64::from(count) - 1;
            assert_eq!(node.metric("ringway_peers_connected"), others);
            assert_eq!(node.metric("ringway_peer_messages_received_total"), 100 * others);
            node.counts("ringway_peer_messages_sent_total", 100 * others).await;
        }
    }
}

#[tokio::test]
async fn a_peer_that_restarts_is_told_with_its_new_start() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let others = || vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, others(), limits());
    let mut other = TestPeer::start(identity(2), second, others(), limits());
    node.is_reached(2).await;
    other.is_reached(1).await;

    other.stop().await;
    node.hears(Heard::Unreachable(number(2))).await;
    node.send(2, numbered(1, 1));
    assert_eq!(node.metric("ringway_peer_messages_dropped_total:not_connected"), 1);
    assert_eq!(node.metric("ringway_peers_connected"), 0);

    let mut identity = identity(2);
    identity.incarnation = Incarnation::new(2);
    let second = TcpListener::bind(second_at).await.unwrap();
    let mut other = TestPeer::start(identity, second, others(), limits());
    node.hears(Heard::Reachable(number(2), Incarnation::new(2))).await;
    node.send(2, numbered(1, 2));
    other.is_reached(1).await;
    assert_eq!(other.next().await, Heard::Received(numbered(1, 2)));
    assert_eq!(node.metric("ringway_peer_reconnects_total"), 1);
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_unreachable_and_holds_up_nobody() {
    let ((own, own_at), (slow, slow_at), (well, well_at)) =
        (listener().await, listener().await, listener().await);
    let others = vec![peer(1, own_at), peer(2, slow_at), peer(3, well_at)];
    let limits = PeerLimits { silence: Duration::from_secs(1), ..limits() };
    let mut node = TestPeer::start(identity(1), own, others.clone(), limits.clone());
    let mut good = TestPeer::start(identity(3), well, others, limits);
    node.is_reached(3).await;
    let mut stranger = Stranger::answer(&slow).await;
    let other = identity(2);
    assert!(stranger.welcome(&other.secret, &other.greeting().encode()).await.is_some());
    node.is_reached(2).await;
    // It is alive, and says so, but reads nothing.
    let alive = tokio::spawn(async move {
        let mut beat = interval(Duration::from_millis(20));
        while stranger.acknowledge(0).await.is_ok() {
            beat.tick().await;
        }
    });

    let message = large(1 << 20);
    for _ in 0..100 {
        node.send(2, message.clone());
    }
    node.send(3, numbered(1, 1));
    good.hears(Heard::Received(numbered(1, 1))).await;
    node.hears(Heard::Unreachable(number(2))).await;
    assert!(node.metric("ringway_peer_messages_dropped_total:queue_full") > 0);
    assert!(node.metric("ringway_peer_messages_dropped_total:disconnected") > 0);
    assert_eq!(node.metric("ringway_peers_connected"), 1);
    alive.abort();
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_unreachable() {
    let ((own, own_at), (silent, silent_at)) = (listener().await, listener().await);
    let others = vec![peer(1, own_at), peer(2, silent_at)];
    let limits = PeerLimits { silence: Duration::from_millis(50), ..limits() };
    let mut node = TestPeer::start(identity(1), own, others, limits);
    let mut stranger = Stranger::answer(&silent).await;
    let other = identity(2);
    assert!(stranger.welcome(&other.secret, &other.greeting().encode()).await.is_some());
    node.is_reached(2).await;
    node.hears(Heard::Unreachable(number(2))).await;
}

#[tokio::test]
async fn messages_up_to_the_limit_pass() {
    let mut nodes = cluster(2).await;
    let message = large(8 << 20);
    nodes[0].send(2, message.clone());
    nodes[0].send(2, large(limits().frame_bytes_max));
    nodes[0].send(2, numbered(1, 1));
    assert_eq!(nodes[1].next().await, Heard::Received(message));
    assert_eq!(nodes[1].next().await, Heard::Received(numbered(1, 1)));
    assert_eq!(nodes[0].metric("ringway_peer_messages_dropped_total:too_long"), 1);
}

#[tokio::test]
async fn what_waits_is_written_at_once() {
    let mut nodes = cluster(2).await;
    for id in 0..1000 {
        nodes[0].send(2, numbered(1, id));
    }
    nodes[1].hears(Heard::Received(numbered(1, 999))).await;
    nodes[0].counts("ringway_peer_messages_sent_total", 1000).await;
    let writes = nodes[0].metric("ringway_peer_writes_total");
    // Nothing ran between the sends: the queue was full when the writer woke.
    assert!((1..10).contains(&writes), "{writes} writes");
}

#[tokio::test]
async fn connections_end_with_the_node() {
    let mut nodes = cluster(2).await;
    let stopped = nodes.remove(0);
    let peers = std::sync::Arc::clone(&stopped.peers);
    stopped.stop().await;
    nodes[0].hears(Heard::Unreachable(number(1))).await;
    peers.send(number(2), numbered(1, 1));
    assert!(!nodes[0].has_received());
}

/// A message with a value of `bytes` bytes.
fn large(bytes: usize) -> PeerMessage {
    let value = Value { bytes: Bytes::from(vec![b'x'; bytes]), content_type: None, expires: None };
    let bottom = Version::BOTTOM;
    let record = Record { written: bottom, accepted: bottom, body: Body::Value(value) };
    let partition = PartitionCount::MIN.iter().next().unwrap();
    let message = Message::Accept { partition, key: Key::new("k").unwrap(), record };
    replication(1, 0, message)
}
