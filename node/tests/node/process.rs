//! A running `ringway node`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Answer, request};

/// No wait in these tests is longer; none is expected to come near.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A node on a port that the system chose. Killed on drop.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    /// Its admin listener's.
    pub(crate) admin: SocketAddr,
    child: Child,
}

/// `ringway node` with `flags`, and nothing of this process's environment that it reads.
pub(crate) fn ringway_node<S: AsRef<OsStr>>(flags: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
    command.env_clear().arg("node").args(flags).stdin(Stdio::null());
    command
}

/// Writes `text` to a file at `path` that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) {
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// What a node says that does not come up.
pub(crate) fn refused(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

impl Process {
    /// A node whose data lies in `directory`.
    pub(crate) fn start(directory: &Path, flags: &[&str]) -> Self {
        Self::start_by(ringway_node::<&str>(&[]), directory, flags)
    }

    /// A node that may have no more than `limit` files open.
    pub(crate) fn start_with_open_files(directory: &Path, limit: u32) -> Self {
        let mut command = Command::new("sh");
        let lowered = format!("ulimit -n {limit} && exec \"$0\" node \"$@\"");
        command.env_clear().args(["-c", &lowered, env!("CARGO_BIN_EXE_ringway")]);
        Self::start_by(command, directory, &[])
    }

    fn start_by(mut command: Command, directory: &Path, flags: &[&str]) -> Self {
        let errors: PathBuf = directory.with_extension("log");
        let log = File::options().create(true).append(true).open(&errors).unwrap();
        command.args(["--port", "0", "--data-directory"]).arg(directory).args(flags);
        // Only a new directory needs a new cluster.
        if !directory.exists() {
            command.arg("--bootstrap");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut address = || {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            let address = line.trim_end().rsplit("http://").next().and_then(|a| a.parse().ok());
            let log = || fs::read_to_string(&errors).unwrap();
            address.unwrap_or_else(|| panic!("the node is not there: {}", log()))
        };
        let (address, admin) = (address(), address());
        Self { address, admin, child }
    }

    /// Its process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// How it ended.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the node does not end");
            std::thread::yield_now();
        }
    }

    /// One request on a connection of its own.
    pub(crate) fn request(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        request(self.address, method, target, body)
    }

    /// Stores `value` under `key`, which must succeed.
    pub(crate) fn put(&self, key: &str, value: &[u8]) -> Answer {
        let answer = self.request("PUT", &format!("/kv/{key}"), value);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer
    }

    /// What is stored under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let answer = self.request("GET", &format!("/kv/{key}"), b"");
        match answer.status {
            200 => Some(answer.body),
            404 => None,
            _ => panic!("{answer:?}"),
        }
    }

    /// The present value of an unlabelled metric.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.request("GET", "/metrics", b"").text();
        let line = text.lines().find(|line| line.starts_with(&format!("{name}{{")));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
