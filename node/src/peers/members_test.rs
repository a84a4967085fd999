//! Members that come and go while the nodes run.

use ringway_replica::Incarnation;
use tokio::net::TcpListener;

use super::test_peer::{
    Heard, Stranger, TestPeer, disk, identity, limits, listener, number, numbered, peer,
};
use super::{Identity, PeerAddress};

#[tokio::test]
async fn who_is_new_is_dialled_and_who_is_gone_is_not_heard() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let both = vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, Vec::new(), limits());
    let mut other = TestPeer::start(identity(2), second, both.clone(), limits());
    other.counts("ringway_peer_refused_total:turned_away", 1).await;
    assert!(!node.peers.reaches(number(2)));

    node.peers.set_members(both.clone());
    node.is_reached(2).await;
    other.is_reached(1).await;
    // What stays as it is stays connected.
    node.peers.set_members(both.clone());
    node.send(2, numbered(1, 1));
    other.hears(Heard::Received(numbered(1, 1))).await;

    node.peers.set_members(vec![peer(1, first_at)]);
    assert!(!node.peers.reaches(number(2)));
    assert_eq!(node.next().await, Heard::Unreachable(number(2)));
    // Its own connection ends as well, and it is told why it can't come back.
    other.hears(Heard::Unreachable(number(1))).await;
    other.counts("ringway_peer_refused_total:turned_away", 2).await;
    assert_eq!(node.metric("ringway_peers_connected"), 0);

    node.peers.set_members(both);
    node.is_reached(2).await;
    other.is_reached(1).await;
    other.send(1, numbered(2, 2));
    node.hears(Heard::Received(numbered(2, 2))).await;
}

#[tokio::test]
async fn who_has_moved_is_dialled_where_it_is_now() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let both = vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, both.clone(), limits());
    let mut other = TestPeer::start(identity(2), second, both, limits());
    node.is_reached(2).await;
    other.stop().await;
    node.hears(Heard::Unreachable(number(2))).await;

    let (moved, moved_at) = listener().await;
    let both = vec![peer(1, first_at), peer(2, moved_at)];
    let again = Identity { incarnation: Incarnation::new(2), ..identity(2) };
    other = TestPeer::start(again, moved, both.clone(), limits());
    other.is_reached(1).await;
    node.peers.set_members(both);
    node.hears(Heard::Reachable(number(2), Incarnation::new(2))).await;
}

#[tokio::test]
async fn a_peer_told_anew_every_time_is_reached_and_lost_in_turn() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let both = vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, both.clone(), limits());
    let _other = TestPeer::start(identity(2), second, both.clone(), limits());
    for _ in 0..20 {
        assert_eq!(node.next().await, Heard::Reachable(number(2), Incarnation::new(1)));
        node.peers.set_members(Vec::new());
        node.peers.set_members(both.clone());
        assert_eq!(node.next().await, Heard::Unreachable(number(2)));
    }
}

#[tokio::test]
async fn who_comes_with_another_disk_is_refused_until_the_members_say_so() {
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let both = vec![peer(1, first_at), peer(2, second_at)];
    let empty = Identity { disk: disk(9), ..identity(2) };
    let mut node = TestPeer::start(identity(1), first, both.clone(), limits());
    let mut other = TestPeer::start(empty, second, both, limits());
    node.has_refused("other_disk").await;
    other.counts("ringway_peer_refused_total:turned_away", 1).await;
    assert!(!other.has_received());

    let replaced = PeerAddress { disk: Some(disk(9)), ..peer(2, second_at) };
    node.peers.set_members(vec![replaced]);
    node.is_reached(2).await;
    other.is_reached(1).await;
}

#[tokio::test]
async fn a_connection_that_a_gone_member_had_opened_ends() {
    let ((own, own_at), (_, free)) = (listener().await, listener().await);
    let mut node = TestPeer::start(identity(1), own, vec![peer(2, free)], limits());
    let mut stranger = Stranger::dial(own_at).await;
    assert_eq!(stranger.greet_as(&identity(2)).await.unwrap(), b""[..]);
    node.peers.set_members(Vec::new());
    while stranger.next().await.is_some() {}
    assert!(!node.has_received());
    // Nobody is dialled any more either.
    let listener = TcpListener::bind(free).await.unwrap();
    node.peers.set_members(vec![peer(2, free)]);
    drop(Stranger::answer(&listener).await);
}
