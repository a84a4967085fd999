//! The connection to one peer: dialled, greeted, written to, watched, and dialled again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::BytesMut;
use ringway_replica::Incarnation;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, error::Elapsed, timeout};

use super::backoff::Backoff;
use super::connection::Connection;
use super::encoding::append;
use super::frame_reader::FrameReader;
use super::greeter::{self, GreetError};
use super::link::Link;
use super::send_queue::Dropped;
use super::tls::{ReadEnd, WriteEnd};
use super::{Inbox, PeerRefusal, Peers};

/// Messages are gathered up to this, and then written: to gather all that waits would take memory
/// that is new each time, and costs more than the system call.
const GATHERED_BYTES: usize = 256 << 10;
/// A buffer that a large message has made larger than this is not kept for the small ones.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Keeps a connection to `link`'s peer until that is gone.
pub(super) async fn keep(peers: Arc<Peers>, link: Arc<Link>, inbox: Arc<dyn Inbox>) {
    let mut backoff = Backoff::new();
    let mut was_connected = false;
    loop {
        let dialling = timeout(peers.limits.greeting, Outgoing::dial(&peers, &link));
        let Some(dialled) = link.gone.run_until_cancelled(dialling).await else { return };
        let ended = match dialled {
            Ok(Ok(outgoing)) => {
                if was_connected {
                    peers.metrics.reconnects.increment(1);
                }
                was_connected = true;
                outgoing.serve(&mut backoff, &*inbox).await
            }
            Ok(Err(GreetError::Refused(refusal))) => OutgoingEnd::Refused(refusal),
            Ok(Err(GreetError::Io(error))) => OutgoingEnd::Io(error),
            Err(elapsed) => OutgoingEnd::Greeting(elapsed),
        };
        if let OutgoingEnd::Refused(refusal) = &ended {
            peers.refused(link.address.address, refusal);
        }
        tracing::debug!(peer = %link.address.id, %ended, "not connected");
        // Who has just connected to this node can most likely be reached too.
        let waiting = timeout(backoff.failed(), link.heard_from.notified());
        if link.gone.run_until_cancelled(waiting).await.is_none() {
            return;
        }
    }
}

/// A connection on which both have greeted.
struct Outgoing<'a> {
    peers: &'a Peers,
    link: &'a Link,
    incarnation: Incarnation,
    connection: Connection,
}

impl<'a> Outgoing<'a> {
    async fn dial(peers: &'a Peers, link: &'a Link) -> Result<Self, GreetError> {
        let stream = TcpStream::connect(link.address.address).await?;
        let tls = peers.identity.tls.as_deref();
        let dialled = greeter::dial(stream, &peers.identity.secret, tls).await?;
        let (ours, theirs) = (peers.identity.greeting(), &dialled.greeting);
        ours.check(theirs)?;
        let expected = &link.address;
        if (theirs.number, &theirs.id) != (expected.number, &expected.id) {
            let (dialled, answered) = (expected.id.clone(), theirs.id.clone());
            return Err(PeerRefusal::OtherNode { dialled, answered }.into());
        }
        if let Some(tls) = tls {
            tls.check(dialled.certificate.as_ref(), &theirs.id)?;
        }
        link.check_disk(theirs)?;
        let incarnation = theirs.incarnation;
        let connection = dialled.greet(ours).await?;
        Ok(Self { peers, link, incarnation, connection })
    }

    /// Sends what is queued until the connection ends.
    async fn serve(self, backoff: &mut Backoff, inbox: &dyn Inbox) -> OutgoingEnd {
        let Self { peers, link, incarnation, connection: Connection { frames, out } } = self;
        let number = link.address.number;
        tracing::info!(peer = %link.address.id, "connected");
        let sent = AtomicU64::new(0);
        let open = OpenLink::new(peers, link);
        inbox.reachable(number, incarnation);
        let ended = tokio::select! {
            ended = write(peers, link, out, &sent) => OutgoingEnd::Io(ended),
            ended = watch(peers, frames, &sent, backoff) => ended,
            () = link.gone.cancelled() => OutgoingEnd::Gone,
        };
        drop(open);
        inbox.unreachable(number);
        tracing::info!(peer = %link.address.id, %ended, "disconnected");
        ended
    }
}

/// Messages can be queued while this is there.
struct OpenLink<'a> {
    peers: &'a Peers,
    link: &'a Link,
}

impl<'a> OpenLink<'a> {
    fn new(peers: &'a Peers, link: &'a Link) -> Self {
        link.queue.open();
        peers.metrics.connected.increment(1.0);
        Self { peers, link }
    }
}

impl Drop for OpenLink<'_> {
    fn drop(&mut self) {
        let dropped = self.link.queue.close();
        self.link.asks.forget_all();
        self.peers.metrics.connected.decrement(1.0);
        self.peers.metrics.dropped(Dropped::Disconnected, dropped);
    }
}

/// Writes what is queued, all that waits at once; ends when that fails.
async fn write(peers: &Peers, link: &Link, mut out: WriteEnd, sent: &AtomicU64) -> io::Error {
    let mut batch = Vec::new();
    let mut buffer = BytesMut::new();
    loop {
        link.queue.next(&mut batch).await;
        let messages = batch.len() as u64;
        for queued in batch.drain(..) {
            append(&mut buffer, &queued.message, queued.bytes)
                .unwrap_or_else(|error| unreachable!("it was encoded once already: {error}"));
            drop(queued);
            if buffer.len() >= GATHERED_BYTES
                && let Err(error) = write_all(peers, &mut buffer, &mut out, sent).await
            {
                return error;
            }
        }
        if let Err(error) = write_all(peers, &mut buffer, &mut out, sent).await {
            return error;
        }
        // TLS holds what the system had no room for.
        if let Err(error) = out.flush().await {
            return error;
        }
        peers.metrics.messages_sent.increment(messages);
        if buffer.capacity() > KEPT_BYTES_MAX {
            buffer = BytesMut::new();
        }
    }
}

/// Writes `buffer` until nothing is left in it.
async fn write_all(
    peers: &Peers,
    buffer: &mut BytesMut,
    out: &mut WriteEnd,
    sent: &AtomicU64,
) -> io::Result<()> {
    while !buffer.is_empty() {
        let written = out.write_buf(buffer).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        sent.fetch_add(written as u64, Ordering::Relaxed);
        peers.metrics.writes.increment(1);
        peers.metrics.bytes_sent.increment(written as u64);
    }
    Ok(())
}

/// Reads how much the peer has read; ends when it says nothing or reads nothing.
async fn watch(
    peers: &Peers,
    mut frames: FrameReader<ReadEnd>,
    sent: &AtomicU64,
    backoff: &mut Backoff,
) -> OutgoingEnd {
    let silence = peers.limits.silence;
    let mut acknowledged = 0;
    let mut progress = Instant::now();
    loop {
        match timeout(silence, frames.fill()).await {
            Ok(Ok(0)) => return OutgoingEnd::Closed,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return OutgoingEnd::Io(error),
            Err(_) => return OutgoingEnd::Silent,
        }
        loop {
            let frame = match frames.take() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(_) => return OutgoingEnd::Refused(PeerRefusal::Undecodable),
            };
            let Ok(read) = <[u8; 8]>::try_from(&*frame) else {
                return OutgoingEnd::Refused(PeerRefusal::Undecodable);
            };
            let read = u64::from_be_bytes(read);
            if read > acknowledged || read == sent.load(Ordering::Relaxed) {
                progress = Instant::now();
            }
            acknowledged = read;
            backoff.succeeded();
        }
        if progress.elapsed() > silence {
            return OutgoingEnd::Stalled;
        }
    }
}

/// Why there is no connection to a peer at the moment.
#[derive(Debug, Error)]
enum OutgoingEnd {
    #[error("it was refused: {0}")]
    Refused(PeerRefusal),
    #[error("the connection failed: {0}")]
    Io(io::Error),
    #[error("the greeting took too long: {0}")]
    Greeting(Elapsed),
    #[error("the peer is no member any more, or moved")]
    Gone,
    #[error("the peer closed the connection")]
    Closed,
    #[error("the peer said nothing for too long")]
    Silent,
    #[error("the peer read nothing for too long")]
    Stalled,
}
