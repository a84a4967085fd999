//! A server that says on standard output where it listens.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server. Killed on drop.
pub(super) struct Program {
    child: Child,
    url: String,
}

impl Program {
    /// Starts `command` and waits for the line that ends with its URL.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let program = Self { child, url };
        if program.url.starts_with("http://") {
            Ok(program)
        } else {
            Err(io::Error::other("a server ended instead of listening"))
        }
    }

    /// Starts `node`, the program, as a cluster of one with its data in `data`.
    pub(super) fn start_node(node: &Path, data: &Path) -> io::Result<Self> {
        let mut command = Command::new(node);
        command.args(["node", "--bootstrap", "--port", "0", "--data-directory"]).arg(data);
        Self::start(command)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only where it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
