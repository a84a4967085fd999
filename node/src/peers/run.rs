//! Dials the peers, and takes their connections.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use ringway_replica::NodeNumber;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::{Inbox, JoinDesk, PeerRefusal, Peers, incoming, outgoing};

impl Peers {
    /// Dials every peer and takes connections on `listener`, until it is dropped: then all
    /// connections end, and `inbox` hears nothing more. To be run once.
    ///
    /// # Panics
    /// When `inbox` or `desk` does.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        inbox: Arc<dyn Inbox>,
        desk: Arc<dyn JoinDesk>,
    ) {
        let mut dialled = Dialled::default();
        let mut served = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.limits.greetings_max));
        loop {
            dialled.keep_all(&self, &inbox);
            let (stream, address) = tokio::select! {
                accepted = accept(&listener) => accepted,
                () = self.changed.notified() => continue,
                Some(ended) = dialled.tasks.join_next() => {
                    dialled.numbers.remove(&unless_panicked(ended));
                    continue;
                }
                Some(ended) = served.join_next() => {
                    unless_panicked(ended);
                    continue;
                }
            };
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let hosts = (Arc::clone(&inbox), Arc::clone(&desk));
                    let peers = Arc::clone(&self);
                    served.spawn(incoming::serve(peers, stream, address, place, hosts));
                }
                Err(_) => self.refused(address, &PeerRefusal::Busy),
            }
        }
    }
}

/// The tasks that dial, one for a peer.
#[derive(Default)]
struct Dialled {
    tasks: JoinSet<NodeNumber>,
    numbers: BTreeSet<NodeNumber>,
}

impl Dialled {
    /// Begins to dial who is not dialled yet. Where a peer has moved, or is back, this waits
    /// for the end of its earlier link, so that nothing of that is told after the new one.
    fn keep_all(&mut self, peers: &Arc<Peers>, inbox: &Arc<dyn Inbox>) {
        for (&number, link) in &*peers.links.read() {
            if self.numbers.insert(number) {
                let keep = outgoing::keep(Arc::clone(peers), Arc::clone(link), Arc::clone(inbox));
                self.tasks.spawn(async move {
                    keep.await;
                    number
                });
            }
        }
    }
}

fn unless_panicked<T>(ended: Result<T, JoinError>) -> T {
    ended.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => unreachable!("nobody stops these tasks: {error}"),
    })
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of file descriptors, most likely: they come back.
                tracing::warn!(%error, "a peer's connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
