//! A node that is a child process.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::super::LaunchedNode;

/// How long a node may take to end: it finishes what is in flight and flushes.
const GRACE: Duration = Duration::from_secs(20);

/// A node's process. Killed when this is dropped.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) place: LaunchedNode,
    /// Whether its directory was made for it.
    pub(super) is_new: bool,
    pid: Option<Pid>,
    process: Mutex<process::Child>,
}

impl Child {
    /// Starts `command` in the process group `group`.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn spawn(
        mut command: Command,
        group: i32,
        place: LaunchedNode,
        is_new: bool,
    ) -> io::Result<Self> {
        command.process_group(group);
        let process = process::Command::from(command).kill_on_drop(true).spawn()?;
        let pid = process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(Self { place, is_new, pid, process: Mutex::new(process) })
    }

    /// Whether it has ended, as far as can be told without waiting.
    pub(super) fn has_ended(&self) -> bool {
        // Whoever has the lock waits for its end and will see it.
        self.process.try_lock().is_ok_and(|mut process| !matches!(process.try_wait(), Ok(None)))
    }

    /// Returns once it has ended.
    pub(super) async fn ended(&self) {
        // Fails only where it was waited for already.
        let _status = self.process.lock().await.wait().await;
    }

    /// Asks it to end; kills it where it takes too long. Returns once it is gone.
    pub(super) async fn stop(&self) {
        let mut process = self.process.lock().await;
        // Not waited for yet, so the number is still its own.
        if let (Ok(None), Some(pid)) = (process.try_wait(), self.pid)
            && kill_process(pid, Signal::TERM).is_ok()
            && timeout(GRACE, process.wait()).await.is_ok()
        {
            return;
        }
        let _gone = process.kill().await;
    }

    /// Kills it. Returns once it is gone.
    pub(super) async fn kill(&self) {
        // Fails only where it is gone already.
        let _gone = self.process.lock().await.kill().await;
    }
}
