//! The running program.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Client;
use ringway_ring::View;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use warp::Filter;

use super::applier::{Applier, Change};
use super::files::Files;
use super::follower::Follower;
use super::key_files::KeyFiles;
use super::key_follower::KeyFollower;
use super::key_keeper::KeyKeeper;
use super::sync_error::SyncError;
use super::sync_metrics::SyncMetrics;
use crate::args::HaproxySyncArgs;
use crate::auth_mode::AuthMode;
use crate::once_a_minute::OnceAMinute;
use crate::peers::Backoff;

/// How often HAProxy is asked whether it still is as it should be: it may have been started
/// anew.
const LOOK: Duration = Duration::from_secs(1);
/// How many nodes are asked at a time: one that is stopped keeps no news from us.
const FOLLOWERS: usize = 2;

/// `ringway haproxy-sync`, listening.
pub struct HaproxySync {
    listener: TcpListener,
    address: SocketAddr,
    nodes: Vec<String>,
    applier: Applier,
    /// Nothing where nobody needs a token.
    key_keeper: Option<KeyKeeper>,
}

impl HaproxySync {
    /// Listens where `args` say, and finds the files.
    ///
    /// # Errors
    /// When it can't, with a sentence that says what.
    pub async fn open(args: HaproxySyncArgs) -> Result<Self, io::Error> {
        let HaproxySyncArgs { nodes, directory, socket, master_socket, auth, host, port, .. } =
            args;
        let listener = TcpListener::bind((host, port)).await;
        let taken =
            |error| io::Error::other(format!("can't listen on {host} port {port}: {error}"));
        let listener = listener.map_err(taken)?;
        let files = Files::open(&directory).map_err(io::Error::other)?;
        let socket = socket.unwrap_or_else(|| directory.join("haproxy.sock"));
        let nodes = nodes.iter().map(ToString::to_string).collect();
        let address = listener.local_addr()?;
        let key_keeper = (auth == AuthMode::Required).then(|| KeyKeeper {
            files: KeyFiles { directory: directory.clone() },
            socket: socket.clone(),
            master: master_socket.unwrap_or_else(|| directory.join("master.sock")),
        });
        Ok(Self { listener, address, nodes, applier: Applier { files, socket }, key_keeper })
    }

    /// Where it shows its metrics.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Follows the ring until `shutdown`. HAProxy serves on as it is then.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let Self { listener, nodes, applier, key_keeper, .. } = self;
        let (metrics, views) = (SyncMetrics::new(), watch::Sender::new(None));
        let mut tasks = JoinSet::new();
        let client = Client::builder().no_proxy().build();
        let client = client.unwrap_or_else(|error| unreachable!("no TLS is asked for: {error}"));
        for turn in 0..FOLLOWERS {
            let (client, nodes) = (client.clone(), nodes.clone());
            let (views, metrics) = (views.clone(), metrics.clone());
            tasks.spawn(Follower { client, nodes, turn, views, metrics }.run());
        }
        if let Some(keeper) = key_keeper {
            let keys = watch::Sender::new(None);
            tasks.spawn(keeper.run(keys.subscribe()));
            tasks.spawn(KeyFollower { client, nodes, keys }.run());
        }
        tasks.spawn(warp::serve(shown(metrics.clone())).incoming(listener).run());
        tokio::select! {
            () = keep(&applier, views.subscribe(), &metrics) => {}
            () = shutdown => {}
        }
        tasks.shutdown().await;
    }
}

/// `GET /metrics`
fn shown(
    metrics: SyncMetrics,
) -> impl Filter<Extract = (String,), Error = warp::Rejection> + Clone + Send + Sync {
    warp::path!("metrics").and(warp::get()).map(move || metrics.render(Instant::now()))
}

/// Makes HAProxy as the latest view says whenever there is one, and looks after it.
async fn keep(applier: &Applier, mut views: watch::Receiver<Option<View>>, metrics: &SyncMetrics) {
    let mut trouble = Trouble { backoff: Backoff::new(), logged: OnceAMinute::new() };
    loop {
        let view = views.borrow_and_update().clone();
        let pause = match &view {
            Some(view) => once(applier, view, metrics, &mut trouble).await,
            None => LOOK,
        };
        match timeout(pause, views.changed()).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(_ended)) => return,
        }
    }
}

/// Makes HAProxy as `view` says, and tells when to look again.
async fn once(
    applier: &Applier,
    view: &View,
    metrics: &SyncMetrics,
    trouble: &mut Trouble,
) -> Duration {
    let epoch = view.epoch();
    match applier.apply(view).await {
        Ok(change) => {
            metrics.applied(epoch, change);
            trouble.backoff.succeeded();
            if let Some(Change { took, swap }) = change {
                tracing::info!(%epoch, ?took, ?swap, "HAProxy has the ring");
            }
            LOOK
        }
        Err(error) => {
            metrics.failed();
            trouble.log(&error);
            trouble.backoff.failed()
        }
    }
}

/// What goes wrong again and again.
struct Trouble {
    backoff: Backoff,
    logged: OnceAMinute<String>,
}

impl Trouble {
    fn log(&self, error: &SyncError) {
        if self.logged.is_due(error.to_string(), tokio::time::Instant::now()) {
            tracing::warn!(%error, "HAProxy is not as the ring is");
        }
    }
}

#[cfg(test)]
mod sync_test;
