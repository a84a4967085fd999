//! Questions between nodes, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ringway_replica::Incarnation;
use ringway_ring::Epoch;
use tokio::task::JoinHandle;

use super::encoding::{append, decode, encoded_bytes};
use super::peers_test::cluster;
use super::test_peer::{Heard, Stranger, TestPeer, identity, limits, listener, number, peer};
use super::{
    Ask, AskError, AskId, AskRefused, KeysPage, KeysQuery, PeerLimits, PeerMessage, Reply,
};

const PATIENCE: Duration = Duration::from_secs(30);

fn ask(number: u8) -> Ask {
    Ask::Raft(Bytes::from(vec![number]))
}

fn reply(number: u8) -> Reply {
    Reply::Raft(Bytes::from(vec![number]))
}

/// Asks n`to`, from a task of its own.
fn asking(node: &TestPeer, to: u32, ask: Ask) -> JoinHandle<Result<Reply, AskError>> {
    let peers = Arc::clone(&node.peers);
    tokio::spawn(async move { peers.ask(number(to), ask, PATIENCE).await })
}

#[tokio::test]
async fn each_asker_hears_its_own_answer_in_whatever_order() {
    let mut nodes = cluster(3).await;
    let asked: Vec<_> = (0..3).map(|which| asking(&nodes[0], 2, ask(which))).collect();
    let elsewhere = asking(&nodes[0], 3, ask(9));
    let mut open = Vec::new();
    for _ in 0..3 {
        let Heard::Asked(from, Ask::Raft(which)) = nodes[1].next().await else {
            panic!("a connection was lost");
        };
        assert_eq!(from, number(1));
        open.push((which[0], nodes[1].asked.recv().await.unwrap()));
    }
    nodes[2].hears(Heard::Asked(number(1), ask(9))).await;
    nodes[2].asked.recv().await.unwrap().answer(Ok(reply(9)));
    assert_eq!(elsewhere.await.unwrap(), Ok(reply(9)));
    for (which, answering) in open.into_iter().rev() {
        answering.answer(match which {
            1 => Err(AskRefused::OtherView),
            which => Ok(reply(which)),
        });
    }
    let mut answers = Vec::new();
    for asked in asked {
        answers.push(asked.await.unwrap());
    }
    assert_eq!(answers, [Ok(reply(0)), Err(AskRefused::OtherView.into()), Ok(reply(2))]);
}

#[tokio::test]
async fn a_snapshot_of_megabytes_is_answered_and_too_long_a_one_is_refused() {
    let mut nodes = cluster(2).await;
    let large = Bytes::from(vec![7; 4 << 20]);
    let asked = asking(&nodes[0], 2, Ask::Raft(large.clone()));
    nodes[1].hears(Heard::Asked(number(1), Ask::Raft(large.clone()))).await;
    nodes[1].asked.recv().await.unwrap().answer(Ok(Reply::Raft(large.clone())));
    assert_eq!(asked.await.unwrap(), Ok(Reply::Raft(large)));

    let too_long = Bytes::from(vec![7; limits().frame_bytes_max]);
    let asked = nodes[0].peers.ask(number(2), Ask::Raft(too_long.clone()), PATIENCE).await;
    assert_eq!(asked, Err(AskError::TooLong));
    let asked = asking(&nodes[0], 2, ask(1));
    nodes[1].hears(Heard::Asked(number(1), ask(1))).await;
    nodes[1].asked.recv().await.unwrap().answer(Ok(Reply::Raft(too_long)));
    assert_eq!(asked.await.unwrap(), Err(AskRefused::TooLong.into()));
}

#[tokio::test]
async fn who_can_not_answer_says_so_at_once() {
    let mut nodes = cluster(2).await;
    let asked = asking(&nodes[0], 2, ask(1));
    nodes[1].hears(Heard::Asked(number(1), ask(1))).await;
    drop(nodes[1].asked.recv().await.unwrap());
    assert_eq!(asked.await.unwrap(), Err(AskRefused::Failed.into()));
    // Nobody, oneself, and one that does not answer.
    for to in [number(1), number(9)] {
        let asked = nodes[0].peers.ask(to, ask(1), PATIENCE).await;
        assert_eq!(asked, Err(AskError::Unreachable));
    }
    let short = Duration::from_millis(1);
    let asked = nodes[0].peers.ask(number(2), ask(2), short).await;
    assert_eq!(asked, Err(AskError::Timeout(short)));
}

#[tokio::test]
async fn a_peer_that_ends_ends_what_it_was_asked() {
    let mut nodes = cluster(2).await;
    let asked = asking(&nodes[0], 2, ask(1));
    nodes[1].hears(Heard::Asked(number(1), ask(1))).await;
    nodes.remove(1).stop().await;
    assert_eq!(asked.await.unwrap(), Err(AskError::Unreachable));
}

#[tokio::test]
async fn questions_are_bounded_at_both_ends() {
    let limits = PeerLimits { asks_max: 3, asked_max: 2, ..limits() };
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let others = vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, others.clone(), limits.clone());
    let mut other = TestPeer::start(identity(2), second, others, limits);
    node.is_reached(2).await;
    other.is_reached(1).await;

    let mut asked: Vec<_> = [1, 2].map(|which| asking(&node, 2, ask(which))).into();
    for _ in 0..2 {
        assert!(matches!(other.next().await, Heard::Asked(..)));
    }
    assert_eq!(asking(&node, 2, ask(3)).await.unwrap(), Err(AskRefused::Busy.into()));
    other.counts("ringway_peer_asks_refused_total", 1).await;
    let answering = other.asked.recv().await.unwrap();
    answering.answer(Ok(reply(1)));
    // A place is free again: this one is heard, and no fourth may be asked meanwhile.
    asked.push(asking(&node, 2, ask(4)));
    other.hears(Heard::Asked(number(1), ask(4))).await;
    let second = asked.remove(1);
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    drop(other);
    for asked in asked {
        let answer = asked.await.unwrap();
        assert!(matches!(answer, Ok(_) | Err(AskError::Unreachable)), "{answer:?}");
    }
}

#[tokio::test]
async fn bytes_of_questions_are_bounded() {
    let limits = PeerLimits { asked_bytes_max: 1000, ..limits() };
    let ((first, first_at), (second, second_at)) = (listener().await, listener().await);
    let others = vec![peer(1, first_at), peer(2, second_at)];
    let mut node = TestPeer::start(identity(1), first, others.clone(), limits.clone());
    let mut other = TestPeer::start(identity(2), second, others, limits);
    node.is_reached(2).await;
    other.is_reached(1).await;
    let large = || Ask::Raft(Bytes::from(vec![1; 600]));
    let first = asking(&node, 2, large());
    other.hears(Heard::Asked(number(1), large())).await;
    assert_eq!(asking(&node, 2, large()).await.unwrap(), Err(AskRefused::Busy.into()));
    other.asked.recv().await.unwrap().answer(Ok(reply(1)));
    assert_eq!(first.await.unwrap(), Ok(reply(1)));
    let third = asking(&node, 2, large());
    other.hears(Heard::Asked(number(1), large())).await;
    drop(third);
}

/// n1 has asked n2 for keys, and n2 says `reply`, made of the question's id, and then what it
/// should: what n1 makes of it.
async fn replied(reply: impl FnOnce(AskId) -> PeerMessage) -> (TestPeer, Result<Reply, AskError>) {
    let ((own, own_at), (other, other_at)) = (listener().await, listener().await);
    let mut node = TestPeer::start(identity(1), own, vec![peer(2, other_at)], limits());
    let it = identity(2);
    let mut answers = Stranger::answer(&other).await;
    assert!(answers.welcome(&it.secret, &it.greeting().encode()).await.is_some());
    node.is_reached(2).await;
    let keys = KeysPage { keys: Vec::new(), is_last: true };
    let query = KeysQuery { prefix: String::new(), after: String::new(), limit: 1 };
    let asked = asking(&node, 2, Ask::ListKeys { epoch: Epoch::FIRST, query });
    let question = answers.next().await.unwrap();
    let Ok(PeerMessage::Ask { id, .. }) = decode(&question) else {
        panic!("no question");
    };
    let mut says = Stranger::dial(own_at).await;
    assert_eq!(says.greet_as(&it).await.unwrap(), b""[..]);
    says.write(&frame(&reply(id))).await;
    says.write(&frame(&PeerMessage::Reply { id, answer: Ok(Reply::Keys(keys)) })).await;
    (node, asked.await.unwrap())
}

fn frame(message: &PeerMessage) -> BytesMut {
    let mut frame = BytesMut::new();
    let bytes = encoded_bytes(message).unwrap();
    append(&mut frame, message, bytes.try_into().unwrap()).unwrap();
    frame
}

#[tokio::test]
async fn an_answer_to_an_earlier_start_is_nobodys() {
    let (node, heard) = replied(|id| {
        let id = AskId { start: Incarnation::new(9), ..id };
        PeerMessage::Reply { id, answer: Err(AskRefused::Failed) }
    })
    .await;
    assert!(matches!(heard, Ok(Reply::Keys(_))), "{heard:?}");
    assert_eq!(node.metric("ringway_peer_refused_total"), 0);
}

#[tokio::test]
async fn an_answer_to_another_question_ends_the_connection() {
    let answer = Ok(reply(1));
    let (node, heard) = replied(|id| PeerMessage::Reply { id, answer }).await;
    assert_eq!(heard, Err(AskError::Unreachable));
    node.has_refused("reply").await;
}
