//! Where somebody sits who has a cluster to ask.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use xtask::artifacts::{Artifacts, Profile};
use xtask::stack::{Stack, StackOptions};

/// No wait is longer; none is expected to come near.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Three nodes behind Envoy, and a directory with nothing of this machine's user in it.
pub(crate) struct Desk {
    pub(crate) stack: Stack,
    directory: tempfile::TempDir,
    program: PathBuf,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// How many values were brought over, had not to be, and could not be. No word was said that
    /// belongs on a terminal.
    pub(crate) fn tally(&self) -> [u64; 3] {
        assert_eq!((self.code, &*self.err), (0, ""), "{self:?}");
        let tally = self.json();
        ["done", "passed", "failed"].map(|name| tally[name].as_u64().unwrap())
    }
}

impl Desk {
    pub(crate) async fn start() -> Self {
        let stack = Stack::start(StackOptions { launcher: true, ..StackOptions::of(3) });
        let stack = stack.await.unwrap();
        let program = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        Self { stack, directory: tempfile::tempdir().unwrap(), program }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `program` at this desk: it finds `ringway`, which asks the edge.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.directory.path();
        let path =
            format!("{}:/usr/local/bin:/usr/bin:/bin", self.program.parent().unwrap().display());
        command.env_clear().env("PATH", path).env("HOME", home).current_dir(home);
        command.env("RINGWAY_URL", self.stack.edge().url()).env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        command
    }

    /// `ringway` with `words`.
    pub(crate) fn ringway(&self, words: &[&str]) -> Command {
        let mut command = self.command(self.program.to_str().unwrap());
        command.args(words);
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        ended(begun(self.ringway(words)))
    }

    /// What a script says in which no part of a pipe may fail.
    pub(crate) fn script(&self, text: &str) -> Said {
        let mut bash = self.command("bash");
        bash.args(["-c", &format!("set -o errexit -o pipefail; {text}")]);
        ended(begun(bash))
    }

    /// A file of the directory, as text.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

/// `command`, with what it says kept.
pub(crate) fn begun(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What `child` comes to.
pub(crate) fn ended(child: Child) -> Said {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let code = status.code().unwrap_or_else(|| panic!("{status}: {err}"));
    Said { code, out, err }
}
