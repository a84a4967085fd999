//! Makes HAProxy as the ring is.

use std::path::PathBuf;

use ringway_ring::View;

use super::files::Files;
use super::haproxy::Haproxy;
use super::observed::Observed;
use super::plan::{Step, plan};
use super::sync_error::SyncError;

/// Makes HAProxy as the ring is, and its files.
pub(super) struct Applier {
    pub(super) files: Files,
    pub(super) socket: PathBuf,
}

impl Applier {
    /// Makes HAProxy as `view` says, and tells whether it was otherwise. Where HAProxy doesn't
    /// run, its files are made so, and that it doesn't is the error.
    pub(super) async fn apply(&self, view: &View) -> Result<bool, SyncError> {
        let mut haproxy = match Haproxy::connect(&self.socket, &self.files.map()).await {
            Ok(haproxy) => haproxy,
            Err(unreachable) => {
                for step in steps(view, &self.files.observe())? {
                    self.files.take(&step)?;
                }
                return Err(unreachable);
            }
        };
        let steps = steps(view, &haproxy.observe().await?)?;
        for step in &steps {
            haproxy.take(step).await?;
            self.files.take(step)?;
        }
        if !changes(&steps) {
            return Ok(false);
        }
        // Asked anew, since HAProxy may have been replaced meanwhile.
        let mut haproxy = Haproxy::connect(&self.socket, &self.files.map()).await?;
        if changes(&plan(view, &haproxy.observe().await?)?) {
            return Err(SyncError::NotAsTold);
        }
        Ok(true)
    }
}

/// The steps to `view`, unless that is of the past.
fn steps(view: &View, seen: &Observed) -> Result<Vec<Step>, SyncError> {
    match seen.map.epoch() {
        Some(has) if has > view.epoch() => Err(SyncError::Older { has, told: view.epoch() }),
        _ => plan(view, seen),
    }
}

/// Whether `steps` change anything but files, which are written only where they differ.
fn changes(steps: &[Step]) -> bool {
    steps.iter().any(|step| !matches!(step, Step::KeepServers(_) | Step::KeepMap(_)))
}
