//! A launcher that really starts and stops nodes.

mod docker;
mod process;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use ringway::{LauncherClient, LauncherError, StartNode};

use crate::client::request;
use crate::process::PATIENCE;

/// A running `ringway launcher`. Killed on drop.
struct Launcher {
    child: Child,
    client: LauncherClient,
    address: SocketAddr,
}

impl Launcher {
    /// A launcher with the secret in `secret_file`, and `backend` with its flags.
    fn start(secret_file: &Path, variables: &[(&str, &str)], backend: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
        // Its children need a shell.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(variables.iter().copied()).args(["launcher", "--port", "0", "--secret-file"]);
        command.arg(secret_file).args(backend).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().rsplit(' ').next().unwrap();
        let address = url.trim_start_matches("http://").parse().unwrap();
        let client = LauncherClient::new(url, secret_file).unwrap();
        Self { child, client, address }
    }

    /// SIGTERM.
    fn terminate(mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node that is to join a member which is not there.
fn node(id: &str) -> StartNode {
    StartNode {
        id: id.parse().unwrap(),
        join: vec!["127.0.0.1:9".parse().unwrap()],
        zone: "a".parse().unwrap(),
        weight: "2".parse().unwrap(),
    }
}

fn secret_file(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("secret");
    std::fs::write(&path, "the launcher's tests know it").unwrap();
    path
}

fn put(node: SocketAddr, key: &str, value: &str) {
    let answer = request(node, "PUT", &format!("/kv/{key}"), value.as_bytes());
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
}

fn get(node: SocketAddr, key: &str) -> String {
    request(node, "GET", &format!("/kv/{key}"), b"").text()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

fn is_gone(node: SocketAddr) -> bool {
    // Where a container was, nobody refuses the connection.
    TcpStream::connect_timeout(&node, Duration::from_secs(2)).is_err()
}

/// The code and the sentence of a refusal.
fn refusal<T: std::fmt::Debug>(answer: Result<T, LauncherError>) -> (String, String) {
    match answer.unwrap_err() {
        LauncherError::Refused { code, error, .. } => (code, error),
        other => panic!("{other}"),
    }
}
