//! Makes HAProxy as the ring is.

use std::path::PathBuf;
use std::time::{Duration, Instant};

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

/// What it took to change HAProxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// All of it, the files and a second look among it.
    pub(super) took: Duration,
    /// To exchange the map, where it was another.
    pub(super) swap: Option<Duration>,
}

impl Applier {
    /// Makes HAProxy as `view` says, and tells what that took if it was otherwise. Where HAProxy
    /// doesn't run, its files are made so, and that it doesn't is the error.
    pub(super) async fn apply(&self, view: &View) -> Result<Option<Change>, SyncError> {
        let begun = Instant::now();
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
        let mut swap = None;
        for step in &steps {
            let begun = Instant::now();
            haproxy.take(step).await?;
            if matches!(step, Step::Swap(_)) {
                swap = Some(begun.elapsed());
            }
            self.files.take(step)?;
        }
        if !changes(&steps) {
            return Ok(None);
        }
        // Asked anew, since HAProxy may have been replaced meanwhile.
        let mut haproxy = Haproxy::connect(&self.socket, &self.files.map()).await?;
        if changes(&plan(view, &haproxy.observe().await?)?) {
            return Err(SyncError::NotAsTold);
        }
        Ok(Some(Change { took: begun.elapsed(), swap }))
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
