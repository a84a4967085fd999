//! Who is taken for a member where the nodes speak TLS, and who is not.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use parking_lot::Mutex;
use ringway_replica::{Ballot, Body, Message, NodeNumber, Record, Value, Version};
use ringway_ring::{Epoch, Key, Partition};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::greeter::dial;
use super::test_peer::{
    Heard, Stranger, TestPeer, identity, introduction, limits, listener, numbered, peer,
    replication, secret,
};
use super::{
    Identity, JoinReply, JoinRequest, Joined, PeerTls, Secret, TlsMetrics, join, join_test,
};
use crate::cluster_ca::{Authority, ClusterCa};
use crate::cluster_id::ClusterId;
use crate::join_token::JoinToken;
use crate::metrics::Registry;

const CLUSTER: ClusterId = ClusterId::new([1; 16]);
const LIFETIME: Duration = Duration::from_hours(1);
const PATIENCE: Duration = Duration::from_secs(30);

fn shared() -> Secret {
    identity(1).secret
}

/// The authority of a cluster, for as many nodes as one likes.
struct Ca(ClusterCa);

impl Ca {
    fn draw() -> Self {
        Self(ClusterCa::draw(&shared(), CLUSTER).unwrap())
    }

    fn authority(&self) -> Authority {
        self.0.open(&shared(), CLUSTER).unwrap()
    }

    /// That node, as a member.
    fn member(&self, node: u32) -> Identity {
        let tls = stranger_to_all(node);
        tls.trust(self.authority()).unwrap();
        Identity { tls: Some(Arc::new(tls)), ..identity(node) }
    }

    /// That node, which shows a certificate that says it is `named`, from `begin` on for a minute.
    fn member_showing(&self, node: u32, named: u32, begin: SystemTime) -> Identity {
        let member = self.member(node);
        let issued = self.authority().issue(&identity(named).id, begin, Duration::from_mins(1));
        member.tls.as_ref().unwrap().show(issued.unwrap());
        member
    }
}

/// A node that knows no authority yet.
fn stranger_to_all(node: u32) -> PeerTls {
    let metrics = TlsMetrics::new(&Registry::new("test").unwrap());
    PeerTls::new(identity(node).id, LIFETIME, metrics).unwrap()
}

/// Two nodes that know of each other.
async fn pair(first: Identity, second: Identity) -> (TestPeer, TestPeer) {
    let ((one, one_at), (two, two_at)) = (listener().await, listener().await);
    let others = vec![peer(1, one_at), peer(2, two_at)];
    let first = TestPeer::start(first, one, others.clone(), limits());
    (first, TestPeer::start(second, two, others, limits()))
}

#[tokio::test]
async fn members_hear_each_other_and_a_renewal_ends_nothing() {
    let ca = Ca::draw();
    let (first, second) = (ca.member(1), ca.member(2));
    let tls = Arc::clone(first.tls.as_ref().unwrap());
    let (mut first, mut second) = pair(first, second).await;
    first.is_reached(2).await;
    second.is_reached(1).await;
    for number in 0..100 {
        if number == 50 {
            tls.renew_now().await;
        }
        first.send(2, numbered(1, number));
        second.send(1, numbered(2, number));
    }
    for number in 0..100 {
        assert_eq!(second.next().await, Heard::Received(numbered(1, number)));
        assert_eq!(first.next().await, Heard::Received(numbered(2, number)));
    }
    for node in [&first, &second] {
        assert_eq!(node.metric("ringway_peer_refused_total"), 0);
        assert_eq!(node.metric("ringway_peer_reconnects_total"), 0);
    }
}

#[tokio::test]
async fn a_message_of_many_records_arrives_whole() {
    let ca = Ca::draw();
    let (mut first, mut second) = pair(ca.member(1), ca.member(2)).await;
    first.is_reached(2).await;
    second.is_reached(1).await;
    let bytes: Vec<u8> = (0..4 << 20).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let value = Value { bytes: Bytes::from(bytes), content_type: None, expires: None };
    let ballot = Ballot { configuration: Epoch::FIRST, round: 1, node: NodeNumber::new(1) };
    let version = Version { ballot, sequence: 1 };
    let record = Record { written: version, accepted: version, body: Body::Value(value) };
    let key = Key::new("k").unwrap();
    let message = Message::Accept { partition: Partition::new(0), key, record };
    let message = replication(1, 0, message);
    first.send(2, message.clone());
    second.hears(Heard::Received(message)).await;
}

/// n1, which is as it should be, and n2, which is not: what n1 counts.
async fn refused(reason: &str, first: Identity, second: Identity) {
    let (first, mut second) = pair(first, second).await;
    second.send(1, numbered(2, 1));
    first.counts(&format!("ringway_peer_refused_total:{reason}"), 1).await;
    assert_eq!(first.metric("ringway_peers_connected"), 0, "{reason}");
    assert_eq!(second.metric("ringway_peers_connected"), 0, "{reason}");
    assert!(!second.has_received(), "{reason}");
}

#[tokio::test]
async fn who_shows_a_certificate_of_another_authority_is_refused() {
    let (ca, other) = (Ca::draw(), Ca::draw());
    refused("certificate", ca.member(1), other.member(2)).await;
}

#[tokio::test]
async fn who_shows_another_nodes_certificate_is_refused() {
    let ca = Ca::draw();
    let thief = ca.member_showing(2, 3, SystemTime::now());
    refused("others_certificate", ca.member(1), thief).await;
}

#[tokio::test]
async fn who_shows_a_certificate_that_has_ended_is_refused() {
    let ca = Ca::draw();
    let late = SystemTime::now() - Duration::from_mins(2);
    refused("certificate", ca.member(1), ca.member_showing(2, 2, late)).await;
}

#[tokio::test]
async fn who_shows_a_certificate_that_is_not_good_yet_is_refused() {
    let ca = Ca::draw();
    let early = SystemTime::now() + Duration::from_hours(1);
    refused("certificate", ca.member(1), ca.member_showing(2, 2, early)).await;
}

#[tokio::test]
async fn who_speaks_without_tls_is_told_so_by_either() {
    let ca = Ca::draw();
    refused("other_tls", ca.member(1), identity(2)).await;
    refused("other_tls", identity(1), ca.member(2)).await;
}

#[tokio::test]
async fn a_member_without_a_certificate_is_refused_though_it_knows_the_secret() {
    let ca = Ca::draw();
    let ((own, own_at), (_, free)) = (listener().await, listener().await);
    let node = TestPeer::start(ca.member(1), own, vec![peer(2, free)], limits());
    let stream = TcpStream::connect(own_at).await.unwrap();
    let (secret, tls) = (shared(), stranger_to_all(2));
    let dialled = dial(stream, &secret, Some(&tls)).await.map_err(|error| error.to_string());
    let greeted = dialled.unwrap().greet(ca.member(2).greeting()).await;
    let told = greeted.map(drop).unwrap_err().to_string();
    assert!(told.contains("n2 shows no certificate of this cluster"), "{told}");
    node.has_refused("no_certificate").await;
}

#[tokio::test]
async fn who_does_not_know_the_secret_hears_no_tls() {
    let ca = Ca::draw();
    let (own, own_at) = listener().await;
    let node = TestPeer::start(ca.member(1), own, Vec::new(), limits());
    for knock in [vec![7; 36], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(4)] {
        let mut stream = TcpStream::connect(own_at).await.unwrap();
        let nonce = [&32_u32.to_be_bytes()[..], &[9; 32]].concat();
        stream.write_all(&nonce).await.unwrap();
        let _ = stream.write_all(&[&32_u32.to_be_bytes()[..], &knock].concat()).await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert_eq!(heard.len(), 36, "a nonce and nothing else");
    }
    node.counts("ringway_peer_refused_total:secret", 2).await;
}

/// Speaks TLS with whoever dials, and TLS with `to`: what one sends in clear the other gets.
async fn stand_between(listener: TcpListener, to: SocketAddr) {
    let (client, server) = stranger_to_all(9).configurations();
    let (mut dialler, _) = listener.accept().await.unwrap();
    let mut answerer = TcpStream::connect(to).await.unwrap();
    // Nonces and the knock go through as they are.
    let mut frame = [0; 36];
    dialler.read_exact(&mut frame).await.unwrap();
    answerer.write_all(&frame).await.unwrap();
    answerer.read_exact(&mut frame).await.unwrap();
    dialler.write_all(&frame).await.unwrap();
    dialler.read_exact(&mut frame).await.unwrap();
    answerer.write_all(&frame).await.unwrap();
    let name = std::net::Ipv4Addr::LOCALHOST.into();
    let name = rustls::pki_types::ServerName::IpAddress(name);
    let (left, right) = tokio::join!(
        TlsAcceptor::from(server).accept(dialler),
        TlsConnector::from(client).connect(name, answerer),
    );
    if let (Ok(mut left), Ok(mut right)) = (left, right) {
        let _ = copy_bidirectional(&mut left, &mut right).await;
    }
}

#[tokio::test]
async fn who_stands_between_a_joiner_and_a_member_is_found_out() {
    let ca = Ca::draw();
    let (at, asked) = member_with_desk(&ca).await;
    let (between, between_at) = listener().await;
    let standing = tokio::spawn(stand_between(between, at));
    let (tls, request) = (stranger_to_all(6), request(Some(JoinToken::random().unwrap())));
    let known = (&shared(), Some(&tls));
    let refused = join(&[between_at.to_string()], known, &request, Duration::ZERO).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("doesn't know this node's secret"), "{refused}");
    assert!(asked.lock().is_empty(), "its token went to nobody");
    standing.abort();
}

#[tokio::test]
async fn who_stands_between_members_is_found_out() {
    let ca = Ca::draw();
    let ((own, _), (other, other_at)) = (listener().await, listener().await);
    let (between, between_at) = listener().await;
    let _second = TestPeer::start(ca.member(2), other, Vec::new(), limits());
    let standing = tokio::spawn(stand_between(between, other_at));
    let first = TestPeer::start(ca.member(1), own, vec![peer(2, between_at)], limits());
    first.counts("ringway_peer_refused_total:certificate", 1).await;
    standing.abort();
}

fn request(token: Option<JoinToken>) -> JoinRequest {
    JoinRequest { token, ..join_test::request() }
}

/// n1, whose desk takes in whoever asks; and what it was asked.
async fn member_with_desk(ca: &Ca) -> (SocketAddr, Arc<Mutex<Vec<JoinRequest>>>) {
    let (own, own_at) = listener().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (heard, sealed) = (Arc::clone(&asked), ca.0.clone());
    let desk = move |request| {
        heard.lock().push(request);
        let joined = Joined { cluster: CLUSTER, members: Vec::new(), ca: Some(sealed.clone()) };
        ready(JoinReply::Joined(joined))
    };
    let node = TestPeer::start_with_desk(ca.member(1), own, Vec::new(), limits(), desk);
    // It runs as long as the test does.
    std::mem::forget(node);
    (own_at, asked)
}

#[tokio::test]
async fn a_joiner_is_told_by_what_it_will_be_known() {
    let ca = Ca::draw();
    let (at, asked) = member_with_desk(&ca).await;
    let tls = stranger_to_all(6);
    let request = request(Some(JoinToken::random().unwrap()));
    let joined =
        join(&[at.to_string()], (&shared(), Some(&tls)), &request, PATIENCE).await.unwrap();
    assert_eq!(*asked.lock(), [request]);
    assert_eq!(joined.ca.as_ref(), Some(&ca.0));
    assert!(!tls.knows_authority());
    tls.trust(joined.ca.unwrap().open(&shared(), CLUSTER).unwrap()).unwrap();
    assert!(tls.knows_authority());
}

#[tokio::test]
async fn a_joiner_that_speaks_otherwise_is_told_what_to_do() {
    let ca = Ca::draw();
    let (at, asked) = member_with_desk(&ca).await;
    let told = join(&[at.to_string()], (&shared(), None), &request(None), PATIENCE).await;
    let told = told.unwrap_err().to_string();
    assert!(
        told.contains("start this one with --peer-tls required and --join-token-file"),
        "{told}"
    );
    assert!(asked.lock().is_empty());

    let (own, own_at) = listener().await;
    let _plain = TestPeer::start(identity(1), own, Vec::new(), limits());
    let tls = stranger_to_all(6);
    let known = (&shared(), Some(&tls));
    let told = join(&[own_at.to_string()], known, &request(None), PATIENCE).await;
    let told = told.unwrap_err().to_string();
    assert!(told.contains("start this one with --peer-tls off"), "{told}");
}

#[tokio::test]
async fn a_stolen_member_opens_nothing_with_another_secret() {
    let ca = Ca::draw();
    let thief = secret("not the cluster's secret");
    assert!(ca.0.open(&thief, CLUSTER).is_err(), "its certificates can't be made");
    let (own, own_at) = listener().await;
    let node = TestPeer::start(ca.member(1), own, Vec::new(), limits());
    let mut stranger = Stranger::dial(own_at).await;
    let greeting = introduction(ca.member(2).greeting());
    assert_eq!(stranger.greet(&thief, &greeting).await, None, "nor does it hear who is there");
    node.has_refused("secret").await;
}
