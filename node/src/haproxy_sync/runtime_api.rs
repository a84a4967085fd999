//! HAProxy's Runtime API, over its stats socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::sync_error::SyncError;

/// How long an answer may take. HAProxy answers from memory.
const PATIENCE: Duration = Duration::from_secs(5);
/// What follows each answer.
const PROMPT: &str = "\n> ";

/// One conversation, all of it with one process of HAProxy: where that is replaced meanwhile,
/// nothing that belongs together goes to two of them.
pub(super) struct RuntimeApi {
    stream: UnixStream,
}

impl RuntimeApi {
    /// Begins a conversation.
    pub(super) async fn connect(socket: &Path) -> Result<Self, SyncError> {
        let unreachable = |source| SyncError::Unreachable { socket: socket.to_owned(), source };
        let stream = UnixStream::connect(socket).await.map_err(unreachable)?;
        let mut api = Self { stream };
        // Else it closes the connection after the first answer.
        api.ask("prompt").await?;
        Ok(api)
    }

    /// What it answers to `command`.
    pub(super) async fn ask(&mut self, command: &str) -> Result<String, SyncError> {
        in_time(command, self.exchange(command)).await
    }

    /// Tells it `command`, to which silence is consent.
    pub(super) async fn tell(&mut self, command: &str) -> Result<(), SyncError> {
        consented(command, self.ask(command).await?)
    }

    /// Tells whoever is at `socket` by now `command` with a payload of whole lines, in a
    /// conversation of its own: in one that goes on HAProxy prompts for each of the lines, which
    /// takes it several times as long as the line itself.
    pub(super) async fn tell_apart(socket: &Path, command: &str) -> Result<(), SyncError> {
        let exchange = async {
            let mut stream = UnixStream::connect(socket).await?;
            stream.write_all(format!("{command}\n").as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok(String::from_utf8_lossy(&answer).trim().to_owned())
        };
        consented(command, in_time(command, exchange).await?)
    }

    /// Has the master that listens at `socket` replace its worker.
    pub(super) async fn reload(socket: &Path) -> Result<(), SyncError> {
        let command = "reload";
        let no_master = |source| SyncError::NoMaster { socket: socket.to_owned(), source };
        let mut stream = UnixStream::connect(socket).await.map_err(no_master)?;
        let exchange = async {
            stream.write_all(format!("{command}\n").as_bytes()).await?;
            let mut answer = Vec::new();
            // It starts itself anew, which may cut this short.
            let _ = stream.read_to_end(&mut answer).await;
            Ok(String::from_utf8_lossy(&answer).trim().to_owned())
        };
        let answer = in_time(command, exchange).await?;
        // From 2.7 on it says how that went; before, nothing.
        if answer.is_empty() || answer.starts_with("Success=1") {
            return Ok(());
        }
        Err(SyncError::Refused { command: command.to_owned(), answer })
    }

    async fn exchange(&mut self, command: &str) -> io::Result<String> {
        self.stream.write_all(format!("{command}\n").as_bytes()).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(PROMPT.as_bytes()) {
            if self.stream.read_buf(&mut answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.trim_end_matches(PROMPT).trim().to_owned())
    }
}

/// What comes of `command`, unless that takes too long.
async fn in_time(
    command: &str,
    exchange: impl Future<Output = io::Result<String>>,
) -> Result<String, SyncError> {
    let answer = timeout(PATIENCE, exchange).await;
    let answer = answer.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()));
    answer.map_err(|source| SyncError::BrokenOff { command: first_line(command), source })
}

/// That `answer` has nothing against `command`.
fn consented(command: &str, answer: String) -> Result<(), SyncError> {
    if answer.is_empty() {
        return Ok(());
    }
    Err(SyncError::Refused { command: first_line(command), answer })
}

/// A command without its payload.
fn first_line(command: &str) -> String {
    command.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn answers_are_told_apart_from_prompts() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let haproxy = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // As HAProxy 2.6 wrote them, in pieces as they may come.
            for pieces in [&["\n> "][..], &["New version", " created: 1\n", "\n> "]] {
                let mut command = [0; 1024];
                assert!(stream.read(&mut command).await.unwrap() > 0);
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                }
            }
        });
        let mut api = RuntimeApi::connect(&socket).await.unwrap();
        assert_eq!(api.ask("prepare map /m").await.unwrap(), "New version created: 1");
        haproxy.await.unwrap();
        let error = api.ask("show info").await.unwrap_err().to_string();
        assert!(error.contains("did not answer \"show info\""), "{error}");
    }

    #[tokio::test]
    async fn silence_is_consent_to_a_payload() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let haproxy = tokio::spawn(async move {
            for answer in ["\n", "Unknown map identifier.\n"] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut command = [0; 1024];
                let length = stream.read(&mut command).await.unwrap();
                // An empty line ends the payload.
                assert_eq!(&command[..length], b"add map @1 /m <<\na b\nc d\n\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let command = "add map @1 /m <<\na b\nc d\n";
        RuntimeApi::tell_apart(&socket, command).await.unwrap();
        let error = RuntimeApi::tell_apart(&socket, command).await.unwrap_err().to_string();
        assert!(error.contains("\"add map @1 /m <<\"") && error.contains("Unknown"), "{error}");
        haproxy.await.unwrap();
    }
}
