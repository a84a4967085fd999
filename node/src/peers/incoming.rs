//! A connection from a peer, or from a stranger.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::encoding::decode;
use super::frame_reader::FrameReader;
use super::greeter::{GREETING_BYTES_MAX, GreetError, Greeter};
use super::link::Link;
use super::{Greeting, Inbox, PeerMessage, PeerRefusal, Peers};

/// Takes what comes over `stream` until it ends or must be refused. `place` is among those
/// that have not greeted.
pub(super) async fn serve(
    peers: Arc<Peers>,
    stream: TcpStream,
    address: SocketAddr,
    place: OwnedSemaphorePermit,
    inbox: Arc<dyn Inbox>,
) {
    let greeted = timeout(peers.limits.greeting, Incoming::greet(&peers, stream)).await;
    drop(place);
    let ended = match greeted {
        Ok(Ok(incoming)) => incoming.receive(&*inbox).await,
        Ok(Err(error)) => Err(error),
        Err(_) => Err(PeerRefusal::Slow.into()),
    };
    match ended {
        Ok(()) => tracing::debug!(%address, "a peer's connection ended"),
        Err(GreetError::Io(error)) => tracing::debug!(%address, %error, "a connection broke"),
        Err(GreetError::Refused(refusal)) => peers.refused(address, &refusal),
    }
}

/// A connection on which both have greeted.
struct Incoming<'a> {
    peers: &'a Peers,
    greeting: Greeting,
    /// Changes when the peer connects anew.
    latest: watch::Receiver<u64>,
    frames: FrameReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
}

impl<'a> Incoming<'a> {
    async fn greet(peers: &'a Peers, stream: TcpStream) -> Result<Self, GreetError> {
        // Heartbeats are small, and needed when they are due.
        stream.set_nodelay(true)?;
        let (read, mut out) = stream.into_split();
        let mut frames = FrameReader::new(read, GREETING_BYTES_MAX);
        let ours = peers.identity.greeting();
        let secret = &peers.identity.secret;
        let greeter = Greeter { frames: &mut frames, out: &mut out, secret, ours: &ours };
        let check = |theirs: &Greeting| {
            ours.check(theirs)?;
            member(peers, theirs).map(|_| ())
        };
        let greeting = greeter.answer(check).await?;
        let link = member(peers, &greeting)?;
        link.latest.send_modify(|latest| *latest += 1);
        link.heard_from.notify_one();
        frames.set_frame_bytes_max(peers.limits.frame_bytes_max);
        Ok(Self { peers, greeting, latest: link.latest.subscribe(), frames, out })
    }

    /// Hands on what comes, and says how much has come.
    async fn receive(mut self, inbox: &dyn Inbox) -> Result<(), GreetError> {
        let mut heartbeat = interval(self.peers.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut received: u64 = 0;
        loop {
            tokio::select! {
                biased;
                _ = heartbeat.tick() => self.acknowledge(received)?,
                _ = self.latest.changed() => return Ok(()),
                read = self.frames.fill() => {
                    let read = read? as u64;
                    if read == 0 {
                        return Ok(());
                    }
                    received += read;
                    self.peers.metrics.bytes_received.increment(read);
                    self.hand_on(inbox)?;
                }
            }
        }
    }

    /// Says how many bytes have been read. Never waits: a peer that doesn't read even this
    /// is given up.
    fn acknowledge(&self, received: u64) -> io::Result<()> {
        let mut frame = [0; 12];
        let (length, count) = frame.split_at_mut(4);
        length.copy_from_slice(&8_u32.to_be_bytes());
        count.copy_from_slice(&received.to_be_bytes());
        match self.out.try_write(&frame)? {
            12 => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    /// All messages that are there as a whole.
    fn hand_on(&mut self, inbox: &dyn Inbox) -> Result<(), PeerRefusal> {
        let limit = self.peers.limits.frame_bytes_max;
        let mut messages = 0;
        let ended = loop {
            match self.frames.take() {
                Ok(Some(frame)) => match self.message(&frame) {
                    Ok(message) => inbox.received(self.greeting.number, message),
                    Err(refusal) => break Err(refusal),
                },
                Ok(None) => break Ok(()),
                Err(_) => break Err(PeerRefusal::TooLong { limit }),
            }
            messages += 1;
        };
        self.peers.metrics.messages_received.increment(messages);
        ended
    }

    fn message(&self, frame: &[u8]) -> Result<PeerMessage, PeerRefusal> {
        let message = decode(frame).map_err(|_| PeerRefusal::Undecodable)?;
        if let PeerMessage::Replication { shard, envelope } = &message {
            let greeted = (self.greeting.number, self.greeting.incarnation);
            if (envelope.from, envelope.incarnation) != greeted {
                return Err(PeerRefusal::Sender { named: envelope.from });
            }
            if *shard >= self.greeting.shards {
                return Err(PeerRefusal::Shard { shard: *shard });
            }
        }
        Ok(message)
    }
}

/// The member that `greeting` is of.
fn member<'a>(peers: &'a Peers, greeting: &Greeting) -> Result<&'a Link, PeerRefusal> {
    let link = peers.links.get(&greeting.number).filter(|link| link.address.id == greeting.id);
    link.map(AsRef::as_ref).ok_or_else(|| {
        let (id, number) = (greeting.id.clone(), greeting.number);
        PeerRefusal::UnknownNode { id, number }
    })
}
