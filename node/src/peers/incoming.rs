//! A connection from a peer, from one who wants to join, or from a stranger.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::answering::tell;
use super::connection::Connection;
use super::encoding::decode;
use super::greeter::{Answered, GreetError, answer};
use super::joiner::serve_joiner;
use super::link::Link;
use super::{
    Answering, AskRefused, Greeting, Inbox, Introduction, JoinDesk, JoinRequest, PeerMessage,
    PeerRefusal, Peers,
};

/// Takes what comes over `stream` until it ends or must be refused. `place` is among those
/// that have not greeted.
pub(super) async fn serve(
    peers: Arc<Peers>,
    stream: TcpStream,
    address: SocketAddr,
    place: OwnedSemaphorePermit,
    (inbox, desk): (Arc<dyn Inbox>, Arc<dyn JoinDesk>),
) {
    let greeted = timeout(peers.limits.greeting, greet(&peers, stream)).await;
    drop(place);
    let ended = match greeted {
        Ok(Ok(Greeted::Peer(incoming))) => incoming.receive(&*inbox).await,
        Ok(Ok(Greeted::Joiner(answered, request))) => {
            serve_joiner(&peers, answered, request, &*desk).await
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(PeerRefusal::Slow.into()),
    };
    match ended {
        Ok(()) => tracing::debug!(%address, "a peer's connection ended"),
        Err(GreetError::Io(error)) => tracing::debug!(%address, %error, "a connection broke"),
        Err(GreetError::Refused(refusal)) => peers.refused(address, &refusal),
    }
}

/// Who has connected.
enum Greeted<'a> {
    Peer(Incoming),
    Joiner(Answered<'a>, Box<JoinRequest>),
}

async fn greet(peers: &Arc<Peers>, stream: TcpStream) -> Result<Greeted<'_>, GreetError> {
    let ours = peers.identity.greeting();
    let (secret, tls) = (&peers.identity.secret, peers.identity.tls.as_deref());
    let (answered, introduction) = answer(stream, secret, tls, &ours).await?;
    let greeting = match introduction {
        Introduction::Joiner(request) => return Ok(Greeted::Joiner(answered, Box::new(request))),
        Introduction::Member(greeting) => greeting,
    };
    let shows = || match tls {
        Some(tls) => tls.check(answered.certificate.as_ref(), &greeting.id),
        None => Ok(()),
    };
    let checked = ours.check(&greeting).and_then(|()| shows());
    let link = match checked.and_then(|()| member(peers, &greeting)) {
        Ok(link) => link,
        Err(refusal) => return Err(answered.turn_away(refusal).await),
    };
    let mut connection = answered.admit().await?;
    link.latest.send_modify(|latest| *latest += 1);
    link.heard_from.notify_one();
    connection.frames.set_frame_bytes_max(peers.limits.frame_bytes_max);
    let latest = link.latest.subscribe();
    let peers = Arc::clone(peers);
    Ok(Greeted::Peer(Incoming { peers, link, greeting, latest, connection }))
}

/// A connection on which both have greeted.
struct Incoming {
    peers: Arc<Peers>,
    link: Arc<Link>,
    greeting: Greeting,
    /// Changes when the peer connects anew.
    latest: watch::Receiver<u64>,
    connection: Connection,
}

impl Incoming {
    /// Hands on what comes, and says how much has come.
    async fn receive(mut self, inbox: &dyn Inbox) -> Result<(), GreetError> {
        let mut heartbeat = interval(self.peers.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut received: u64 = 0;
        loop {
            tokio::select! {
                biased;
                () = self.link.gone.cancelled() => return Ok(()),
                _ = heartbeat.tick() => self.acknowledge(received)?,
                _ = self.latest.changed() => return Ok(()),
                read = self.connection.frames.fill() => {
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
    fn acknowledge(&mut self, received: u64) -> io::Result<()> {
        let mut frame = [0; 12];
        let (length, count) = frame.split_at_mut(4);
        length.copy_from_slice(&8_u32.to_be_bytes());
        count.copy_from_slice(&received.to_be_bytes());
        match self.connection.out.try_write(&frame)? {
            12 => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    /// All messages that are there as a whole.
    fn hand_on(&mut self, inbox: &dyn Inbox) -> Result<(), PeerRefusal> {
        let limit = self.peers.limits.frame_bytes_max;
        let mut messages = 0;
        let ended = loop {
            match self.connection.frames.take() {
                Ok(Some(frame)) => {
                    if let Err(refusal) = self.take(&frame, inbox) {
                        break Err(refusal);
                    }
                }
                Ok(None) => break Ok(()),
                Err(_) => break Err(PeerRefusal::TooLong { limit }),
            }
            messages += 1;
        };
        self.peers.metrics.messages_received.increment(messages);
        ended
    }

    fn take(&self, frame: &[u8], inbox: &dyn Inbox) -> Result<(), PeerRefusal> {
        match decode(frame).map_err(|_| PeerRefusal::Undecodable)? {
            PeerMessage::Replication { shard, envelope } => {
                let greeted = (self.greeting.number, self.greeting.incarnation);
                if (envelope.from, envelope.incarnation) != greeted {
                    return Err(PeerRefusal::Sender { named: envelope.from });
                }
                if shard >= self.greeting.shards {
                    return Err(PeerRefusal::Shard { shard });
                }
                inbox.received(shard, envelope);
            }
            PeerMessage::Ask { id, ask } => {
                let (peers, link) = (Arc::clone(&self.peers), Arc::clone(&self.link));
                if let Some(place) = link.places.take(frame.len()) {
                    let answering = Answering::new(peers, link, id, place);
                    inbox.asked(self.greeting.number, ask, answering);
                } else {
                    peers.metrics.asks_refused.increment(1);
                    tell(&peers, &link, id, Err(AskRefused::Busy));
                }
            }
            PeerMessage::Reply { id, answer } => {
                // What answers an earlier start of this node is nobody's.
                if id.start == self.peers.identity.incarnation {
                    let answered = self.link.asks.answered(id.number, answer);
                    answered.map_err(|_| PeerRefusal::Reply)?;
                }
            }
        }
        Ok(())
    }
}

/// The member that `greeting` is of.
fn member(peers: &Peers, greeting: &Greeting) -> Result<Arc<Link>, PeerRefusal> {
    let link = peers.link(greeting.number).filter(|link| link.address.id == greeting.id);
    let link = link.ok_or_else(|| {
        let (id, number) = (greeting.id.clone(), greeting.number);
        PeerRefusal::UnknownNode { id, number }
    })?;
    link.check_disk(greeting)?;
    Ok(link)
}
