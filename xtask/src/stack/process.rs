//! A process of the stack.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::group::Group;

/// How much of a log tells why a process ended.
const TAIL_LINES: usize = 15;

/// A running process whose output goes to a file. It is killed and reaped on drop.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` in `group`, with its output appended to the file `log`.
    ///
    /// # Errors
    /// When the file can't be written or the command can't be started.
    pub fn spawn(name: &str, mut command: Command, log: &Path, group: &Group) -> io::Result<Self> {
        let output = File::options().create(true).append(true).open(log)?;
        command.process_group(group.id());
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Self { name: name.to_owned(), child: command.spawn()?, log: log.to_owned() })
    }

    /// What it is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, once it has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it with SIGKILL, and returns once it is gone.
    pub fn kill(&mut self) {
        // Both fail only for a process that is gone already.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// Sends it `signal`, by its name without "SIG", unless it has ended.
    pub fn signal(&mut self, signal: &str) {
        if self.exited().is_some() {
            return;
        }
        // Not reaped yet, so the number is still its own. Without unsafe code a shell
        // is the way to any signal but SIGKILL.
        let kill = format!("kill -{signal} {}", self.id());
        let sent = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        debug_assert!(sent.is_ok(), "the group's shell could be started, so this one can");
    }

    /// The last lines of what it has said.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default();
        tail.join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_says_is_kept_and_its_end_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let group = Group::new().unwrap();
        let mut echo = Command::new("sh");
        echo.args(["-c", "seq 20; echo last >&2; exit 3"]);
        let mut process = Process::spawn("echo", echo, &log, &group).unwrap();
        assert_eq!(process.child.wait().unwrap().code(), Some(3));
        assert_eq!(process.exited().and_then(|status| status.code()), Some(3));
        let tail = process.log_tail();
        assert!(tail.starts_with("7\n8\n") && tail.ends_with("20\nlast"), "{tail}");
    }

    #[test]
    fn a_stopped_process_and_its_group_end_on_drop() {
        let directory = tempfile::tempdir().unwrap();
        let group = Group::new().unwrap();
        let mut cat = Command::new("tail");
        cat.args(["-f", "/dev/null"]);
        let mut process =
            Process::spawn("cat", cat, &directory.path().join("log"), &group).unwrap();
        process.signal("STOP");
        let gone = [process.id(), group.id().unsigned_abs()]
            .map(|id| PathBuf::from(format!("/proc/{id}")));
        assert!(gone.iter().all(|process| process.exists()));
        drop(process);
        drop(group);
        assert!(gone.iter().all(|process| !process.exists()));
    }
}
