//! Who joins a cluster whose nodes speak TLS with each other.

use super::super::sample::{bootstrap, newcomer};
use super::super::{Cluster, Command, Refused};
use super::{id, refused};
use crate::cluster_ca::ClusterCa;
use crate::join_token::{JoinToken, JoinTokenHash};
use crate::peers::secret_of;

fn cluster() -> Cluster {
    let begin = bootstrap("n1");
    let ca = ClusterCa::draw(&secret_of("the cluster's secret"), begin.id).unwrap();
    Cluster::bootstrap_with_ca(begin, ca)
}

/// A token that is good from 40 until 100.
fn token(cluster: &mut Cluster) -> JoinTokenHash {
    let token = JoinToken::random().unwrap().hash();
    cluster.apply(Command::JoinToken { token, ends: 100, now: 40 }).unwrap();
    token
}

fn join(name: &str, token: JoinTokenHash, now: u64) -> Command {
    Command::JoinWithToken { newcomer: newcomer(name), token, now }
}

#[test]
fn whoever_joins_needs_a_token_that_is_good() {
    let mut cluster = cluster();
    let good = token(&mut cluster);
    assert_eq!(refused(&cluster, Command::Join(newcomer("n2"))), Refused::TokenMissing);
    let unknown = JoinToken::random().unwrap().hash();
    assert_eq!(refused(&cluster, join("n2", unknown, 50)), Refused::TokenUnknown);
    assert_eq!(refused(&cluster, join("n2", good, 100)), Refused::TokenExpired { ended: 100 });
    cluster.apply(join("n2", good, 99)).unwrap();
    assert!(cluster.members().contains_key(&id("n2")));
}

#[test]
fn of_two_with_one_token_one_joins() {
    let mut cluster = cluster();
    let token = token(&mut cluster);
    cluster.apply(join("n2", token, 50)).unwrap();
    let used = Refused::TokenUsed { by: id("n2") };
    assert_eq!(refused(&cluster, join("n3", token, 50)), used);
}

#[test]
fn who_never_heard_that_it_joined_asks_again_by_that_token_or_another() {
    let mut cluster = cluster();
    let (first, second) = (token(&mut cluster), token(&mut cluster));
    cluster.apply(join("n2", first, 50)).unwrap();
    let epoch = cluster.epoch();
    assert_eq!(cluster.apply(join("n2", first, 500)), Ok(epoch));
    // Whoever knows the secret could say that it is n2, and hear of the authority.
    assert_eq!(refused(&cluster, Command::Join(newcomer("n2"))), Refused::TokenMissing);
    let unknown = JoinToken::random().unwrap().hash();
    assert_eq!(refused(&cluster, join("n2", unknown, 50)), Refused::TokenUnknown);
    assert_eq!(refused(&cluster, join("n2", second, 100)), Refused::TokenExpired { ended: 100 });
    cluster.apply(join("n2", second, 99)).unwrap();
    let used = Refused::TokenUsed { by: id("n2") };
    assert_eq!(refused(&cluster, join("n3", second, 99)), used);
    assert_eq!(refused(&cluster, join("n1", second, 99)), used, "it is another's");
}

#[test]
fn who_is_refused_for_something_else_has_its_token_still() {
    let mut cluster = cluster();
    let token = token(&mut cluster);
    let mut stranger = newcomer("n1");
    stranger.disk = newcomer("n2").disk;
    let asks = Command::JoinWithToken { newcomer: stranger, token, now: 50 };
    assert!(matches!(refused(&cluster, asks), Refused::OtherDisk { .. }));
    let mut neighbour = newcomer("n3");
    neighbour.peer = newcomer("n1").peer;
    let asks = Command::JoinWithToken { newcomer: neighbour, token, now: 50 };
    assert!(matches!(refused(&cluster, asks), Refused::AddressTaken { .. }));
    cluster.apply(join("n2", token, 50)).unwrap();
}

#[test]
fn who_has_left_needs_another_token() {
    let mut cluster = cluster();
    let (first, second) = (token(&mut cluster), token(&mut cluster));
    cluster.apply(join("n2", first, 50)).unwrap();
    cluster.apply(Command::Leave { node: id("n2") }).unwrap();
    let used = Refused::TokenUsed { by: id("n2") };
    assert_eq!(refused(&cluster, join("n2", first, 50)), used);
    cluster.apply(join("n2", second, 50)).unwrap();
}

#[test]
fn where_nodes_speak_without_tls_there_are_no_tokens() {
    let cluster = Cluster::bootstrap(bootstrap("n1"));
    let token = JoinToken::random().unwrap().hash();
    let open = Command::JoinToken { token, ends: 100, now: 40 };
    assert_eq!(refused(&cluster, open), Refused::NoTokensNeeded);
}

#[test]
fn certificates_and_tokens_are_in_the_bytes() {
    let mut cluster = cluster();
    token(&mut cluster);
    assert_eq!(Cluster::from_bytes(&cluster.to_bytes()), Ok(cluster));
}
