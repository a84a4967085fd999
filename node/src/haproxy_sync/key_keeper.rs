//! Keeps the keys by which HAProxy verifies tokens as the cluster has them.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::key_files::KeyFiles;
use super::key_set::KeySet;
use super::runtime_api::RuntimeApi;
use super::sync_error::SyncError;
use crate::once_a_minute::OnceAMinute;
use crate::peers::Backoff;

/// How often HAProxy is asked whether it still has them: it may have been started anew.
const LOOK: Duration = Duration::from_secs(5);
/// How long HAProxy may take to replace its worker.
const RELOAD_PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked at meanwhile.
const RELOAD_LOOK: Duration = Duration::from_millis(50);

/// Keeps the keys by which HAProxy verifies tokens as the cluster has them. HAProxy reads keys
/// only when it starts, so it is asked to replace its worker, which costs no request: a key is
/// published a minute before it signs.
pub(super) struct KeyKeeper {
    pub(super) files: KeyFiles,
    /// HAProxy's stats socket, and its master's.
    pub(super) socket: PathBuf,
    pub(super) master: PathBuf,
}

impl KeyKeeper {
    /// Does so on and on.
    pub(super) async fn run(self, mut keys: watch::Receiver<Option<KeySet>>) {
        let (mut backoff, logged) = (Backoff::new(), OnceAMinute::new());
        loop {
            let wanted = keys.borrow_and_update().clone();
            let pause = match &wanted {
                None => LOOK,
                Some(wanted) => match self.once(wanted).await {
                    // Then it starts with the files.
                    Ok(()) | Err(SyncError::Unreachable { .. }) => {
                        backoff.succeeded();
                        LOOK
                    }
                    Err(error) => {
                        if logged.is_due(error.to_string(), tokio::time::Instant::now()) {
                            tracing::warn!(%error, "HAProxy has not the keys of the cluster");
                        }
                        backoff.failed()
                    }
                },
            };
            match timeout(pause, keys.changed()).await {
                Ok(Ok(())) | Err(_) => {}
                Ok(Err(_ended)) => return,
            }
        }
    }

    /// Sees to it that HAProxy has `wanted`.
    async fn once(&self, wanted: &KeySet) -> Result<(), SyncError> {
        self.files.keep(wanted)?;
        if !self.has(wanted).await? {
            RuntimeApi::reload(&self.master).await?;
            let replaced = timeout(RELOAD_PATIENCE, async {
                // While it is being replaced it may be that nobody is there to be asked.
                while !self.has(wanted).await.unwrap_or(false) {
                    sleep(RELOAD_LOOK).await;
                }
            });
            replaced.await.map_err(|_elapsed| SyncError::NotReloaded)?;
            tracing::info!(keys = wanted.ids().len(), "HAProxy has the keys of the cluster");
        }
        self.files.clear(wanted);
        Ok(())
    }

    /// Whether HAProxy runs with `wanted`.
    async fn has(&self, wanted: &KeySet) -> Result<bool, SyncError> {
        let mut api = RuntimeApi::connect(&self.socket).await?;
        let environment = api.ask("show env").await?;
        let ids = KeySet::ids_in(&environment).ok_or(SyncError::NoKeys)?;
        Ok(ids == wanted.ids())
    }
}

#[cfg(test)]
mod key_keeper_test;
