//! One client's connection, served until it ends, stalls, or the node stops.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::access::Door;
use http::{Request, Uri};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How long a connection without a request at work may take to end when the node stops:
/// the rest of an answer may be under way.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A connection, not served yet.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// Who is at its other end.
    pub(super) peer: IpAddr,
    /// What is asked of them.
    pub(super) door: Door,
    /// How long it may be without a request at work, be it idle or slow.
    pub(super) patience: Duration,
    /// Turns true when the node stops.
    pub(super) closing: watch::Receiver<bool>,
}

impl Connection {
    /// Serves it to its end.
    ///
    /// hyper's own limit on a head's time arms a timer for every request. This looks at
    /// the connection once in a while instead, and ends it where it finds twice in a row
    /// that no request is at work and that none has begun.
    pub(super) async fn serve<S, B>(self, http: http1::Builder, service: S)
    where
        S: Service<Request<Incoming>, Response = http::Response<B>>,
        S::Error: std::error::Error + Send + Sync + 'static,
        B: Body + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let Self { stream, peer, door, patience, mut closing } = self;
        let work = Arc::new(Work::default());
        let counted = {
            let work = Arc::clone(&work);
            service_fn(move |mut request: Request<Incoming>| {
                name_a_path(&mut request);
                if let Some(asker) = door.asker(&request, peer) {
                    request.extensions_mut().insert(asker);
                }
                let begun = Begun::new(&work);
                let answer = service.call(request);
                async move {
                    let _at_work = begun;
                    answer.await
                }
            })
        };
        let connection = http.serve_connection(TokioIo::new(stream), counted);
        let mut connection = std::pin::pin!(connection);
        // An error is an end too: the listener is gone.
        let closed = async move { drop(closing.wait_for(|&closing| closing).await) };
        let served = tokio::select! {
            served = connection.as_mut() => Some(served),
            () = work.stalled(ticks(patience)) => None,
            () = closed => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    served = connection.as_mut() => Some(served),
                    () = work.stalled(ticks(LAST_WORDS)) => None,
                }
            }
        };
        match served {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%error, "a connection ended early"),
            None => tracing::debug!("a connection without a request was closed"),
        }
    }
}

/// `CONNECT` names a host and no path, at which the filters that find routes panic. No route is
/// at `/` either.
fn name_a_path<B>(request: &mut Request<B>) {
    if request.uri().path_and_query().is_none() {
        *request.uri_mut() = Uri::from_static("/");
    }
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What a connection has to do.
#[derive(Default)]
struct Work {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Work {
    /// Returns when, between two ticks, no request was at work.
    async fn stalled(&self, mut ticks: Interval) {
        let mut last = None;
        loop {
            ticks.tick().await;
            let begun = self.begun.load(Ordering::Relaxed);
            let is_idle = self.ended.load(Ordering::Relaxed) == begun;
            if is_idle && last == Some(begun) {
                return;
            }
            last = is_idle.then_some(begun);
        }
    }
}

/// A request at work. Dropped, it is done, or given up by its client.
struct Begun(Arc<Work>);

impl Begun {
    fn new(work: &Arc<Work>) -> Self {
        work.begun.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(work))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}
