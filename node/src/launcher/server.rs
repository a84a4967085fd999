//! A launcher and its listener.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::backend::Backend;
use super::service::routes;
use super::token::Token;
use super::{BackendConfig, DockerBackend, LaunchError, LauncherConfig, ProcessBackend};

/// A launcher that listens.
pub struct LauncherServer {
    listener: TcpListener,
    address: SocketAddr,
    config: LauncherConfig,
}

impl LauncherServer {
    /// Listens where `config` says.
    ///
    /// # Errors
    /// When it can't, as when the port is taken.
    pub async fn open(config: LauncherConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        Ok(Self { address: listener.local_addr()?, listener, config })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does what it is asked until `shutdown`; then it stops what can't go on without it.
    ///
    /// # Errors
    /// When nodes can't be started at all.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), LaunchError> {
        let url = self.config.url.clone().unwrap_or_else(|| format!("http://{}", self.address));
        let Self { listener, config, .. } = self;
        match config.backend {
            BackendConfig::Process(process) => {
                let backend = ProcessBackend::open(process, url)?;
                serve(listener, backend, config.token, shutdown).await;
            }
            BackendConfig::Docker(docker) => {
                serve(listener, DockerBackend::new(docker, url), config.token, shutdown).await;
            }
        }
        Ok(())
    }
}

async fn serve(
    listener: TcpListener,
    backend: impl Backend,
    token: Token,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let backend = Arc::new(backend);
    let server = warp::serve(routes(&backend, token)).incoming(listener).run();
    tokio::select! {
        () = server => {}
        () = shutdown => {}
    }
    backend.close().await;
}
