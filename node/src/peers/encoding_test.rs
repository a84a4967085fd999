//! Messages as bytes and back; bytes that are no messages.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use ringway_replica::{
    Ballot, Body, Envelope, Incarnation, Message, NodeNumber, Record, Token, Value, Version, Wall,
};
use ringway_ring::{Epoch, Key, PartitionCount};

use super::encoding::{append, decode, encoded_bytes};
use super::frame_reader::FrameReader;
use super::{
    Ask, AskId, AskRefused, Greeting, Introduction, JoinReply, JoinRequest, Joined, KeyHead,
    KeysPage, KeysQuery, PeerAddress, PeerKey, PeerMessage, Reply,
};
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;

fn version() -> Version {
    let node = NodeNumber::new(0x0102_0304);
    Version { ballot: Ballot { configuration: Epoch::new(5), round: 300, node }, sequence: 7 }
}

fn accept(value: &'static [u8]) -> PeerMessage {
    let value = Value {
        bytes: Bytes::from_static(value),
        content_type: Some("text/plain".to_owned()),
        expires: Some(Wall::new(1000)),
    };
    let record = Record { written: version(), accepted: version(), body: Body::Value(value) };
    replication(Message::Accept {
        partition: PartitionCount::MAX.iter().last().unwrap(),
        key: Key::new("käse").unwrap(),
        record,
    })
}

fn replication(message: Message) -> PeerMessage {
    PeerMessage::Replication {
        shard: 3,
        envelope: Envelope {
            from: NodeNumber::new(9),
            incarnation: Incarnation::new(2),
            epoch: Epoch::FIRST,
            message,
        },
    }
}

fn joiner() -> JoinRequest {
    JoinRequest {
        cluster: "ringway".parse().unwrap(),
        id: "n6".parse().unwrap(),
        disk: DiskId::new([3; 16]),
        client: "10.0.0.6:8080".parse().unwrap(),
        peer: "10.0.0.6:7000".parse().unwrap(),
        zone: "a".parse().unwrap(),
        weight: "2".parse().unwrap(),
        shards: 4,
        token: None,
    }
}

fn greeting() -> Greeting {
    Greeting {
        cluster: "ringway".parse().unwrap(),
        cluster_id: Some(ClusterId::new([1; 16])),
        number: NodeNumber::new(300),
        id: "n1".parse().unwrap(),
        incarnation: Incarnation::new(2),
        disk: DiskId::new([2; 16]),
        shards: 4,
        tls: true,
    }
}

/// One of each kind of message of the transport, and of each question and answer.
fn of_the_transport() -> Vec<PeerMessage> {
    let head = KeyHead { written: version(), bytes: 1 << 33, expires: None };
    let key = |head| PeerKey { key: "k".to_owned(), accepted: version(), head };
    let keys = KeysPage { keys: vec![key(Some(head)), key(None)], is_last: true };
    let query = KeysQuery { prefix: "a/".to_owned(), after: String::new(), limit: 1000 };
    let id = AskId { start: Incarnation::new(2), number: 300 };
    let refused =
        [AskRefused::Busy, AskRefused::OtherView, AskRefused::Failed, AskRefused::TooLong];
    let mut messages = vec![
        accept(b"value"),
        PeerMessage::Ask { id, ask: Ask::ListKeys { epoch: Epoch::FIRST, query } },
        PeerMessage::Ask { id, ask: Ask::Raft(Bytes::from_static(b"vote")) },
        PeerMessage::Reply { id, answer: Ok(Reply::Keys(keys)) },
        PeerMessage::Reply { id, answer: Ok(Reply::Raft(Bytes::from_static(b"granted"))) },
    ];
    messages.extend(refused.map(|why| PeerMessage::Reply { id, answer: Err(why) }));
    messages
}

/// One of each kind of message of the replication protocol.
fn of_the_protocol() -> Vec<Message> {
    let token = Token { incarnation: Incarnation::new(1), number: u64::MAX };
    vec![Message::Promised { token, refused: Vec::new() }, Message::StaleView]
}

fn all_kinds() -> Vec<PeerMessage> {
    of_the_transport().into_iter().chain(of_the_protocol().into_iter().map(replication)).collect()
}

fn encode(message: &PeerMessage) -> BytesMut {
    let mut bytes = BytesMut::new();
    let length = encoded_bytes(message).unwrap();
    append(&mut bytes, message, u32::try_from(length).unwrap()).unwrap();
    bytes
}

#[tokio::test]
async fn messages_are_read_back_however_the_stream_is_cut() {
    let messages = all_kinds();
    let stream: Vec<u8> = messages.iter().flat_map(encode).collect();
    for size in [1, 3, 7, stream.len()] {
        let mut source = cut_into(&stream, size);
        let mut read = Vec::new();
        let mut frames = FrameReader::new(&mut source, 1 << 10);
        while frames.fill().await.unwrap() > 0 {
            while let Some(frame) = frames.take().unwrap() {
                read.push(decode(&frame).unwrap());
            }
        }
        assert_eq!(read, messages);
    }
}

/// A version must be raised when this fails because of a change that was meant.
#[test]
fn the_bytes_of_version_3_stay_as_they_are() {
    assert_eq!(super::PROTOCOL_VERSION, 3);
    let version = [5, 0xac, 2, 0x84, 0x86, 0x88, 8, 7];
    let mut accept = vec![0, 0, 0, 53];
    // Replication, shard, sender, its start, its epoch; Accept, partition, key.
    accept.extend([0, 3, 9, 2, 1, 2, 0xff, 0xff, 3, 5]);
    accept.extend("käse".as_bytes());
    accept.extend(version.iter().chain(&version));
    // A value, its bytes, its content type, when it expires.
    accept.extend([0, 5]);
    accept.extend(b"value");
    accept.extend([1, 10]);
    accept.extend(b"text/plain");
    accept.extend([1, 0xe8, 7]);

    let mut keys = vec![0, 0, 0, 43, 2, 2, 0xac, 2, 0, 0, 2];
    keys.extend([1, b'k']);
    keys.extend(version);
    // Its head: the client's version, how long the value is, when it expires.
    keys.push(1);
    keys.extend(version);
    keys.extend([0x80, 0x80, 0x80, 0x80, 0x20, 0]);
    keys.extend([1, b'k']);
    keys.extend(version);
    // No head; no more keys.
    keys.extend([0, 1]);
    keys[3] = u8::try_from(keys.len() - 4).unwrap();

    let expected: [&[u8]; 9] = [
        &accept,
        b"\0\0\0\x0c\x01\x02\xac\x02\0\x01\x02a/\0\xe8\x07",
        b"\0\0\0\x0a\x01\x02\xac\x02\x01\x04vote",
        &keys,
        b"\0\0\0\x0e\x02\x02\xac\x02\0\x01\x07granted",
        b"\0\0\0\x06\x02\x02\xac\x02\x01\0",
        b"\0\0\0\x06\x02\x02\xac\x02\x01\x01",
        b"\0\0\0\x06\x02\x02\xac\x02\x01\x02",
        b"\0\0\0\x06\x02\x02\xac\x02\x01\x03",
    ];
    for (message, expected) in of_the_transport().iter().zip(expected) {
        assert_eq!(encode(message), expected, "{message:?}");
    }
}

#[test]
fn the_bytes_of_greetings_stay_as_they_are() {
    let named = b"\x07ringway\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01";
    let mut greeting_bytes = named.to_vec();
    greeting_bytes.extend(b"\xac\x02\x02n1\x02");
    greeting_bytes.extend([2; 16]);
    greeting_bytes.extend([4, 1]);
    let expected = [b"\0\0\0\x03", &greeting_bytes[..]].concat();
    assert_eq!(greeting().encode(), expected);
    assert_eq!(Greeting::decode(&expected), Ok(greeting()));

    let member = Introduction::Member(greeting());
    let expected = [b"\0\0\0\x03\0", &greeting_bytes[..]].concat();
    assert_eq!(member.encode(), expected);
    assert_eq!(Introduction::decode(&expected), Ok(member));

    let wants_in = Introduction::Joiner(joiner());
    let mut expected = b"\0\0\0\x03\x01\x07ringway\x02n6".to_vec();
    expected.extend([3; 16]);
    expected.extend(b"\0\x0a\0\0\x06\x90\x3f\0\x0a\0\0\x06\xd8\x36\x01a\x02\x04\0");
    assert_eq!(wants_in.encode(), expected);
    assert_eq!(Introduction::decode(&expected), Ok(wants_in));

    let id = "n1".parse().unwrap();
    let address: std::net::SocketAddr = "10.0.0.1:7000".parse().unwrap();
    let member = PeerAddress { number: NodeNumber::new(300), id, address, disk: None };
    let joined = Joined { cluster: ClusterId::new([1; 16]), members: vec![member], ca: None };
    let mut expected = vec![0];
    expected.extend([1; 16]);
    expected.extend(b"\x01\xac\x02\x02n1\0\x0a\0\0\x01\xd8\x36\0\0");
    let why = "no".to_owned();
    for (reply, expected) in [
        (JoinReply::Joined(joined), &expected[..]),
        (JoinReply::Refused { why: why.clone() }, b"\x01\x02no"),
        (JoinReply::Elsewhere { leader: address }, b"\x02\0\x0a\0\0\x01\xd8\x36"),
        (JoinReply::Later { why }, b"\x03\x02no"),
    ] {
        assert_eq!(postcard::to_allocvec(&reply).unwrap(), expected);
    }
}

#[test]
fn what_follows_a_message_is_not_passed_over() {
    for message in all_kinds() {
        let mut bytes = encode(&message).split_off(4);
        assert_eq!(decode(&bytes), Ok(message));
        bytes.extend_from_slice(b"\0");
        assert!(decode(&bytes).is_err());
        assert!(decode(&bytes[..bytes.len() - 2]).is_err(), "cut short");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = decode(&bytes);
        let _ = Greeting::decode(&bytes);
        let version = super::PROTOCOL_VERSION.to_be_bytes();
        let _ = Greeting::decode(&[&version[..], &bytes].concat());
        let _ = Introduction::decode(&[&version[..], &bytes].concat());
        let _ = postcard::from_bytes::<JoinReply>(&bytes);
    }

    #[test]
    fn no_damage_makes_the_decoder_panic(at in 0_usize..60, to: u8) {
        for message in all_kinds() {
            let mut bytes = encode(&message).split_off(4);
            let length = bytes.len();
            bytes[at % length] = to;
            let _ = decode(&bytes);
        }
    }
}

/// `stream`, of which each read brings `size` bytes.
fn cut_into(stream: &[u8], size: usize) -> impl tokio::io::AsyncRead + Unpin {
    use tokio::io::AsyncReadExt;
    let pieces = stream.chunks(size).map(<[u8]>::to_vec);
    let empty: Box<dyn tokio::io::AsyncRead + Unpin> = Box::new(tokio::io::empty());
    pieces.rev().fold(empty, |rest, piece| Box::new(std::io::Cursor::new(piece).chain(rest)))
}
