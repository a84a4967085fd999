//! A person's or a script's shell, with a node to ask.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::process::Process;

/// A node, and who asks it from a directory with nothing of this machine's user in it.
pub(crate) struct Shell {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) url: String,
    _node: Option<Process>,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// That it went well, and says `out`.
    pub(crate) fn is(&self, out: impl AsRef<[u8]>) {
        assert!(self.code == 0 && self.out == out.as_ref(), "{self:?}");
        assert_eq!(self.err, "");
    }

    /// What it has counted.
    pub(crate) fn tally(&self) -> [u64; 3] {
        let tally = self.json();
        ["done", "passed", "failed"].map(|name| tally[name].as_u64().unwrap())
    }
}

impl Shell {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let node = Process::start(&directory.path().join("data"), &[]);
        let url = format!("http://{}", node.address);
        Self { directory, url, _node: Some(node) }
    }

    pub(crate) fn without_node(url: &str) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), url: url.to_owned(), _node: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
        command.env_clear().env("HOME", self.directory.path()).args(words);
        command.current_dir(self.directory.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        self.feed(words, b"")
    }

    pub(crate) fn feed(&self, words: &[&str], input: &[u8]) -> Said {
        let mut command = self.command(words);
        command.env("RINGWAY_URL", &self.url).stdin(Stdio::piped());
        said(command, input)
    }
}

/// What `command` comes to that is fed `input`.
pub(crate) fn said(mut command: Command, input: &[u8]) -> Said {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        // It may not want it.
        let _ = stdin.write_all(input);
    }
    ended(child)
}

/// What `child` comes to.
pub(crate) fn ended(child: Child) -> Said {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let code = status.code().unwrap();
    Said { code, out: stdout, err: String::from_utf8(stderr).unwrap() }
}
