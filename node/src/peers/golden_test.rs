//! The bytes of every kind of message of the replication protocol.

use bytes::{Bytes, BytesMut};
use ringway_replica::{
    BUCKETS, Ballot, Body, Condition, Envelope, Incarnation, Message, NodeNumber, Operation,
    Outcome, Reason, Record, Token, Value, Version, Wall,
};
use ringway_ring::{Epoch, Key, Partition};

use super::PeerMessage;
use super::encoding::{PROTOCOL_VERSION, append, decode, encoded_bytes};

/// One line a message: its kind, and its bytes in hexadecimal without those of the length.
const GOLDEN: &str = include_str!("golden_version_3.txt");

fn ballot() -> Ballot {
    Ballot { configuration: Epoch::new(5), round: 300, node: NodeNumber::new(0x0102_0304) }
}

fn version(sequence: u64) -> Version {
    Version { ballot: ballot(), sequence }
}

fn record(body: Body) -> Record {
    Record { written: version(7), accepted: version(8), body }
}

fn key() -> Key<'static> {
    Key::new("k").unwrap()
}

/// One of each kind, and of each kind of what is in them.
fn all_kinds() -> Vec<Message> {
    let token = Token { incarnation: Incarnation::new(1), number: 9 };
    let (partition, configuration) = (Partition::new(300), Epoch::new(5));
    let value = |expires| Value {
        bytes: Bytes::from_static(b"v"),
        content_type: Some("text/plain".to_owned()),
        expires,
    };
    let live = record(Body::Value(value(Some(Wall::new(1000)))));
    let forward = |operation| Message::Forward {
        id: token,
        to: Incarnation::new(2),
        partition,
        key: key(),
        operation,
        timeout_ms: 5000,
        hops: 1,
    };
    let put = |condition| Operation::Put {
        bytes: Bytes::from_static(b"v"),
        content_type: None,
        ttl_ms: Some(60_000),
        condition,
    };
    let answer = |outcome| Message::Answer { id: token, outcome };
    let ballots = vec![(partition, ballot())];
    let records = vec![(key(), live.clone()), (key(), record(Body::Tombstone))];
    let mut kinds = vec![
        Message::Prepare { token, ballots: ballots.clone() },
        Message::Promised { token, refused: ballots.clone() },
        Message::Accept { partition, key: key(), record: live.clone() },
        Message::Accepted { partition, version: version(8) },
        Message::Collect { token, partition, ballot: ballot(), key: key() },
        Message::Collected { token, partition, key: key(), record: Some(live.clone()) },
        Message::Refused { partition, ballot: ballot(), promised: ballot() },
        Message::Purge { partition, key: key(), tombstone: version(8), floor: version(9) },
        Message::Purged { partition, tombstone: version(8) },
        Message::Claim { ballots },
        Message::Handover { partition, ballot: ballot() },
        Message::Compare { token, digests: vec![(partition, configuration, 300)] },
        Message::Differs {
            token,
            buckets: vec![(partition, Some([1; BUCKETS])), (partition, None)],
        },
        Message::List { token, partition, configuration, buckets: 300, after: Some(key()) },
        Message::Listed { token, versions: vec![(key(), version(8))], next: None },
        Message::Pull { token, partition, configuration, keys: vec![key()] },
        Message::Pulled { token, records },
        Message::StaleView,
    ];
    let conditions = [Condition::None, Condition::Match(version(7)), Condition::Absent];
    let operations = [Operation::Read, Operation::ReadOne, Operation::Settle];
    kinds.extend(operations.map(forward));
    kinds.extend(conditions.map(|condition| forward(put(condition))));
    kinds.push(forward(Operation::Delete { condition: Condition::None }));
    let reasons = [
        Reason::Timeout,
        Reason::Overloaded,
        Reason::NotLeading,
        Reason::Disk,
        Reason::Unreachable,
    ];
    let outcomes = [
        Outcome::Found(live),
        Outcome::NotFound,
        Outcome::Written { version: version(7), created: true },
        Outcome::Deleted { version: version(7) },
        Outcome::ConditionFailed { current: Some(version(7)) },
        Outcome::Unknown,
    ];
    kinds.extend(outcomes.map(answer));
    kinds.extend(reasons.map(|reason| answer(Outcome::NotApplied(reason))));
    kinds
}

/// What `message` is called. A new kind doesn't compile here: add one to [`all_kinds`].
fn name(message: &Message) -> &'static str {
    match message {
        Message::Prepare { .. } => "Prepare",
        Message::Promised { .. } => "Promised",
        Message::Accept { .. } => "Accept",
        Message::Accepted { .. } => "Accepted",
        Message::Collect { .. } => "Collect",
        Message::Collected { .. } => "Collected",
        Message::Refused { .. } => "Refused",
        Message::Forward { .. } => "Forward",
        Message::Answer { .. } => "Answer",
        Message::Purge { .. } => "Purge",
        Message::Purged { .. } => "Purged",
        Message::Claim { .. } => "Claim",
        Message::Handover { .. } => "Handover",
        Message::Compare { .. } => "Compare",
        Message::Differs { .. } => "Differs",
        Message::List { .. } => "List",
        Message::Listed { .. } => "Listed",
        Message::Pull { .. } => "Pull",
        Message::Pulled { .. } => "Pulled",
        Message::StaleView => "StaleView",
    }
}

/// A version must be raised, and the file replaced by what this prints, when it fails because
/// of a change that was meant.
#[test]
fn the_protocols_messages_of_version_3_stay_as_they_are() {
    assert_eq!(PROTOCOL_VERSION, 3);
    let line = |message| {
        let name = name(&message);
        let (from, incarnation) = (NodeNumber::new(9), Incarnation::new(2));
        let envelope = Envelope { from, incarnation, epoch: Epoch::FIRST, message };
        let message = PeerMessage::Replication { shard: 3, envelope };
        let mut bytes = BytesMut::new();
        let length = encoded_bytes(&message).unwrap();
        append(&mut bytes, &message, length.try_into().unwrap()).unwrap();
        let bytes = bytes.split_off(4);
        assert_eq!(decode(&bytes).unwrap(), message);
        format!("{name} {bytes:x}\n")
    };
    let lines: String = all_kinds().into_iter().map(line).collect();
    assert!(lines == GOLDEN, "the messages are now:\n{lines}");
}
