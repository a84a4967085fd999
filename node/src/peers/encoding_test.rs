//! Messages as bytes and back; bytes that are no messages.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use ringway_replica::{
    Ballot, Body, Envelope, Incarnation, Message, NodeNumber, Record, Token, Value, Version, Wall,
};
use ringway_ring::{Epoch, Key, PartitionCount};

use super::encoding::{append, decode, encoded_bytes};
use super::frame_reader::FrameReader;
use super::{Greeting, KeyHead, KeysPage, KeysQuery, PeerKey, PeerMessage};

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

fn all_kinds() -> Vec<PeerMessage> {
    let head = KeyHead { written: version(), bytes: 1 << 33, expires: None };
    let key = |head| PeerKey { key: "k".to_owned(), accepted: version(), head };
    let keys = KeysPage { keys: vec![key(Some(head)), key(None)], is_last: true };
    let token = Token { incarnation: Incarnation::new(1), number: u64::MAX };
    let query = KeysQuery { prefix: "a/".to_owned(), after: String::new(), limit: 1000 };
    vec![
        accept(b"value"),
        replication(Message::Promised { token, refused: Vec::new() }),
        replication(Message::StaleView),
        PeerMessage::ListKeys { id: 1, epoch: Epoch::FIRST, query },
        PeerMessage::KeysListed { id: 2, keys: Some(keys) },
        PeerMessage::KeysListed { id: u64::MAX, keys: None },
    ]
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
fn the_bytes_of_version_1_stay_as_they_are() {
    assert_eq!(super::PROTOCOL_VERSION, 1);
    let version = [5, 0xac, 2, 0x84, 0x86, 0x88, 8, 7];
    let mut expected = vec![0, 0, 0, 53];
    // Replication, shard, sender, its start, its epoch; Accept, partition, key.
    expected.extend([0, 3, 9, 2, 1, 2, 0xff, 0xff, 3, 5]);
    expected.extend("käse".as_bytes());
    expected.extend(version.iter().chain(&version));
    // A value, its bytes, its content type, when it expires.
    expected.extend([0, 5]);
    expected.extend(b"value");
    expected.extend([1, 10]);
    expected.extend(b"text/plain");
    expected.extend([1, 0xe8, 7]);
    assert_eq!(encode(&accept(b"value")), expected);

    let greeting = Greeting {
        cluster: "ringway".parse().unwrap(),
        number: NodeNumber::new(300),
        id: "n1".parse().unwrap(),
        incarnation: Incarnation::new(2),
        shards: 4,
        epoch: Epoch::FIRST,
        view_tag: "1-ab".to_owned(),
    };
    let expected = b"\0\0\0\x01\x07ringway\xac\x02\x02n1\x02\x04\x01\x041-ab";
    assert_eq!(greeting.encode(), expected);
    assert_eq!(Greeting::decode(expected), Ok(greeting));
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
