//! A node with nothing but its peer transport, and a stranger that speaks by hand.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use ringway_replica::{Envelope, Incarnation, Message, NodeNumber};
use ringway_ring::Epoch;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use super::frame_reader::FrameReader;
use super::proof::{Claim, Proof};
use super::{Identity, Inbox, PeerAddress, PeerLimits, PeerMessage, PeerMetrics, Peers, Secret};
use crate::metrics::Registry;

/// Far above what anything takes; only a failed test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "correct horse battery staple";

pub(super) fn secret(text: &str) -> Secret {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Secret::read(file.path()).unwrap()
}

pub(super) fn number(node: u32) -> NodeNumber {
    NodeNumber::new(node)
}

pub(super) fn identity(node: u32) -> Identity {
    Identity {
        number: number(node),
        id: format!("n{node}").parse().unwrap(),
        incarnation: Incarnation::new(1),
        cluster: "ringway".parse().unwrap(),
        secret: secret(SECRET),
        epoch: Epoch::FIRST,
        view_tag: "1-ab".to_owned(),
        shards: 4,
    }
}

pub(super) fn peer(node: u32, address: SocketAddr) -> PeerAddress {
    PeerAddress { number: number(node), id: format!("n{node}").parse().unwrap(), address }
}

/// The defaults, but that a busy machine makes nobody silent.
pub(super) fn limits() -> PeerLimits {
    PeerLimits { silence: PATIENCE, greeting: PATIENCE, ..PeerLimits::for_values(8 << 20) }
}

pub(super) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A message that says which it is.
pub(super) fn numbered(id: u64) -> PeerMessage {
    PeerMessage::KeysListed { id, keys: None }
}

pub(super) fn from(node: u32, shard: u8) -> PeerMessage {
    let (from, incarnation) = (number(node), Incarnation::new(1));
    let message = Message::StaleView;
    let envelope = Envelope { from, incarnation, epoch: Epoch::FIRST, message };
    PeerMessage::Replication { shard, envelope }
}

/// What an inbox was told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "most are messages, and few are held")]
pub(super) enum Heard {
    Reachable(NodeNumber, Incarnation),
    Unreachable(NodeNumber),
    Received(NodeNumber, PeerMessage),
}

struct Told(UnboundedSender<Heard>);

impl Inbox for Told {
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation) {
        let _ = self.0.send(Heard::Reachable(peer, incarnation));
    }

    fn unreachable(&self, peer: NodeNumber) {
        let _ = self.0.send(Heard::Unreachable(peer));
    }

    fn received(&self, from: NodeNumber, message: PeerMessage) {
        let _ = self.0.send(Heard::Received(from, message));
    }
}

/// A node that runs; stopped when dropped.
pub(super) struct TestPeer {
    pub(super) peers: Arc<Peers>,
    registry: Registry,
    heard: UnboundedReceiver<Heard>,
    running: JoinHandle<()>,
}

impl TestPeer {
    pub(super) fn start(
        identity: Identity,
        listener: TcpListener,
        others: Vec<PeerAddress>,
        limits: PeerLimits,
    ) -> Self {
        let registry = Registry::new(identity.id.as_str()).unwrap();
        let peers = Peers::new(identity, others, limits, PeerMetrics::new(&registry));
        let peers = Arc::new(peers);
        let (told, heard) = unbounded_channel();
        let running = tokio::spawn(Arc::clone(&peers).run(listener, Arc::new(Told(told))));
        Self { peers, registry, heard, running }
    }

    pub(super) fn send(&self, to: u32, message: PeerMessage) {
        self.peers.send(number(to), message);
    }

    /// Ends it, and gives its listener's place free.
    pub(super) async fn stop(mut self) {
        self.running.abort();
        assert!((&mut self.running).await.unwrap_err().is_cancelled());
    }

    pub(super) async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.recv()).await.expect("nothing was heard").unwrap()
    }

    /// Waits for `expected`, passing over the rest.
    pub(super) async fn hears(&mut self, expected: Heard) {
        while self.next().await != expected {}
    }

    pub(super) async fn is_reached(&mut self, node: u32) {
        self.hears(Heard::Reachable(number(node), Incarnation::new(1))).await;
    }

    /// What was heard but not asked for yet, if it is a message.
    pub(super) fn has_received(&mut self) -> bool {
        let heard = std::iter::from_fn(|| self.heard.try_recv().ok());
        heard.into_iter().any(|heard| matches!(heard, Heard::Received(..)))
    }

    /// A counter's or gauge's value, by its name and its labels as they are printed.
    pub(super) fn metric(&self, name: &str) -> u64 {
        let rendered = self.registry.handle().render();
        let values = rendered.lines().filter_map(|line| {
            let (named, value) = line.rsplit_once(' ')?;
            let (base, labels) = named.split_once('{').unwrap_or((named, ""));
            let reason = labels.split_once("reason=\"").map(|(_, rest)| rest.split('"').next());
            let full = match reason.flatten() {
                Some(reason) => format!("{base}:{reason}"),
                None => base.to_owned(),
            };
            (full == name).then(|| value.parse::<u64>().unwrap())
        });
        values.sum()
    }

    pub(super) async fn counts(&self, name: &str, at_least: u64) {
        let waiting = async {
            let mut look = interval(Duration::from_millis(2));
            while self.metric(name) < at_least {
                look.tick().await;
            }
        };
        let counted = timeout(PATIENCE, waiting).await;
        assert!(counted.is_ok(), "{name} is {}", self.metric(name));
    }

    pub(super) async fn has_refused(&self, reason: &str) {
        self.counts(&format!("ringway_peer_refused_total:{reason}"), 1).await;
        let all = self.registry.handle().render();
        let refusals = all.lines().filter(|line| line.starts_with("ringway_peer_refused_total"));
        let refused = refusals.filter(|line| !line.ends_with(" 0")).collect::<Vec<_>>();
        assert!(matches!(refused[..], [one] if one.contains(reason)), "{refused:?}");
    }
}

impl Drop for TestPeer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Speaks the protocol by hand, and wrongly where it is told to.
pub(super) struct Stranger {
    frames: FrameReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
}

impl Stranger {
    pub(super) async fn dial(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.unwrap())
    }

    pub(super) async fn answer(listener: &TcpListener) -> Self {
        let accepted = timeout(PATIENCE, listener.accept()).await.expect("nobody dialled");
        Self::new(accepted.unwrap().0)
    }

    fn new(stream: TcpStream) -> Self {
        let (read, out) = stream.into_split();
        Self { frames: FrameReader::new(read, 1 << 20), out }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        // It may have been refused already.
        let _ = self.out.write_all(bytes).await;
    }

    pub(super) async fn send(&mut self, parts: &[&[u8]]) {
        let frame = parts.concat();
        let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
        self.write(&[&length[..], &frame].concat()).await;
    }

    /// The next frame; `None` when the other end has closed.
    pub(super) async fn next(&mut self) -> Option<BytesMut> {
        loop {
            if let Some(frame) = self.frames.take().unwrap() {
                return Some(frame);
            }
            match timeout(PATIENCE, self.frames.fill()).await.expect("nothing came") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Greets as a dialler with `greeting` under `secret`: the verdict, if it comes to one.
    pub(super) async fn greet(&mut self, secret: &Secret, greeting: &[u8]) -> Option<BytesMut> {
        let dialler = [7; 32];
        self.send(&[&dialler]).await;
        let answerer = self.next().await?[..].try_into().unwrap();
        let proof = Proof { secret, dialler, answerer };
        self.send(&[&proof.tag(Claim::Knock, &[])]).await;
        let theirs = self.next().await?;
        let (theirs, _) = theirs.split_last_chunk::<32>().unwrap();
        self.send(&[greeting, &proof.tag(Claim::DiallerGreets, &[theirs, greeting])]).await;
        self.next().await
    }

    /// Greets as the one that was dialled: the dialler's greeting, if it gives one.
    pub(super) async fn welcome(&mut self, secret: &Secret, greeting: &[u8]) -> Option<BytesMut> {
        let answerer = [8; 32];
        self.send(&[&answerer]).await;
        let dialler = self.next().await?[..].try_into().unwrap();
        let proof = Proof { secret, dialler, answerer };
        let _knock = self.next().await?;
        self.send(&[greeting, &proof.tag(Claim::AnswererGreets, &[greeting])]).await;
        let theirs = self.next().await?;
        self.send(&[]).await;
        Some(theirs)
    }

    /// Says that it is there, and that it has read `bytes`.
    pub(super) async fn acknowledge(&mut self, bytes: u64) -> std::io::Result<()> {
        self.out.write_all(&[&8_u32.to_be_bytes()[..], &bytes.to_be_bytes()].concat()).await
    }
}
