//! A node with nothing but its peer transport, and a stranger that speaks by hand.

use std::future::ready;
use std::io::Write;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use ringway_replica::{Envelope, Incarnation, Message, NodeNumber, Token};
use ringway_ring::Epoch;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use super::frame_reader::FrameReader;
use super::proof::{Claim, Proof};
use super::{
    Answering, Ask, Greeting, Identity, Inbox, Introduction, JoinDesk, JoinReply, JoinRequest,
    PeerAddress, PeerLimits, PeerMessage, PeerMetrics, Peers, Secret,
};
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;
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
        disk: disk(node),
        cluster: "ringway".parse().unwrap(),
        cluster_id: ClusterId::new([1; 16]).into(),
        secret: secret(SECRET),
        tls: None,
        shards: 4,
    }
}

/// Of a node that has lost nothing.
pub(super) fn disk(node: u32) -> DiskId {
    DiskId::new([u8::try_from(node).unwrap(); 16])
}

pub(super) fn peer(node: u32, address: SocketAddr) -> PeerAddress {
    let id = format!("n{node}").parse().unwrap();
    PeerAddress { number: number(node), id, address, disk: Some(disk(node)) }
}

/// What a member sends that dials.
pub(super) fn introduction(greeting: Greeting) -> Vec<u8> {
    Introduction::Member(greeting).encode()
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

/// A message of `node` that says which it is.
pub(super) fn numbered(node: u32, number: u64) -> PeerMessage {
    let token = Token { incarnation: Incarnation::new(1), number };
    replication(node, 0, Message::Promised { token, refused: Vec::new() })
}

pub(super) fn replication(node: u32, shard: u8, message: Message) -> PeerMessage {
    let (from, incarnation) = (number(node), Incarnation::new(1));
    let envelope = Envelope { from, incarnation, epoch: Epoch::FIRST, message };
    PeerMessage::Replication { shard, envelope }
}

/// What an inbox was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Reachable(NodeNumber, Incarnation),
    Unreachable(NodeNumber),
    Received(PeerMessage),
    Asked(NodeNumber, Ask),
}

/// Tells what it hears, and keeps what is to be answered for the test.
struct Told {
    heard: UnboundedSender<Heard>,
    asked: UnboundedSender<Answering>,
}

impl Inbox for Told {
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation) {
        let _ = self.heard.send(Heard::Reachable(peer, incarnation));
    }

    fn unreachable(&self, peer: NodeNumber) {
        let _ = self.heard.send(Heard::Unreachable(peer));
    }

    fn received(&self, shard: u8, envelope: Envelope) {
        let _ = self.heard.send(Heard::Received(PeerMessage::Replication { shard, envelope }));
    }

    fn asked(&self, from: NodeNumber, ask: Ask, answering: Answering) {
        let _ = self.asked.send(answering);
        let _ = self.heard.send(Heard::Asked(from, ask));
    }
}

/// Answers who wants to join: see [`TestPeer::start_with_desk`].
struct Desk<F>(F);

impl<F, A> JoinDesk for Desk<F>
where
    F: Fn(JoinRequest) -> A + Send + Sync + 'static,
    A: Future<Output = JoinReply> + Send + 'static,
{
    fn join(&self, request: JoinRequest) -> Pin<Box<dyn Future<Output = JoinReply> + Send + '_>> {
        Box::pin(self.0(request))
    }
}

/// A node that runs; stopped when dropped.
pub(super) struct TestPeer {
    pub(super) peers: Arc<Peers>,
    registry: Registry,
    heard: UnboundedReceiver<Heard>,
    /// What it was asked, in the order of [`Heard::Asked`].
    pub(super) asked: UnboundedReceiver<Answering>,
    running: JoinHandle<()>,
}

impl TestPeer {
    pub(super) fn start(
        identity: Identity,
        listener: TcpListener,
        others: Vec<PeerAddress>,
        limits: PeerLimits,
    ) -> Self {
        let refuse = |_| ready(JoinReply::Refused { why: "nobody may".to_owned() });
        Self::start_with_desk(identity, listener, others, limits, refuse)
    }

    /// With `desk` to answer who wants to join.
    pub(super) fn start_with_desk<F, A>(
        identity: Identity,
        listener: TcpListener,
        others: Vec<PeerAddress>,
        limits: PeerLimits,
        desk: F,
    ) -> Self
    where
        F: Fn(JoinRequest) -> A + Send + Sync + 'static,
        A: Future<Output = JoinReply> + Send + 'static,
    {
        let registry = Registry::new(identity.id.as_str()).unwrap();
        let peers = Arc::new(Peers::new(identity, limits, PeerMetrics::new(&registry)));
        peers.set_members(others);
        let (heard_by, heard) = unbounded_channel();
        let (asked_by, asked) = unbounded_channel();
        let inbox = Arc::new(Told { heard: heard_by, asked: asked_by });
        let running = Arc::clone(&peers).run(listener, inbox, Arc::new(Desk(desk)));
        Self { peers, registry, heard, asked, running: tokio::spawn(running) }
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
        heard.into_iter().any(|heard| matches!(heard, Heard::Received(_) | Heard::Asked(..)))
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

    /// Greets as the member `identity`: the verdict, if it comes to one.
    pub(super) async fn greet_as(&mut self, identity: &Identity) -> Option<BytesMut> {
        self.greet(&identity.secret, &introduction(identity.greeting())).await
    }

    /// Greets as a dialler with `greeting` under `secret`: the verdict, if it comes to one.
    pub(super) async fn greet(&mut self, secret: &Secret, greeting: &[u8]) -> Option<BytesMut> {
        let dialler = [7; 32];
        self.send(&[&dialler]).await;
        let answerer = self.next().await?[..].try_into().unwrap();
        let proof = Proof { secret, dialler, answerer, binding: None };
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
        let proof = Proof { secret, dialler, answerer, binding: None };
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
