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

    /// What it answers to `command`, which may end with a payload of whole lines.
    pub(super) async fn ask(&mut self, command: &str) -> Result<String, SyncError> {
        let first = || command.lines().next().unwrap_or_default().to_owned();
        match timeout(PATIENCE, self.exchange(command)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(source)) => Err(SyncError::BrokenOff { command: first(), source }),
            Err(_) => {
                let source = io::ErrorKind::TimedOut.into();
                Err(SyncError::BrokenOff { command: first(), source })
            }
        }
    }

    /// Tells it `command`, to which silence is consent.
    pub(super) async fn tell(&mut self, command: &str) -> Result<(), SyncError> {
        let answer = self.ask(command).await?;
        if answer.is_empty() {
            return Ok(());
        }
        let command = command.lines().next().unwrap_or_default().to_owned();
        Err(SyncError::Refused { command, answer })
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
        // It prompts for each line of a payload.
        let answer = answer.trim_end_matches(PROMPT).trim_start_matches("+ ");
        Ok(answer.trim().to_owned())
    }
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
            for pieces in
                [&["\n> "][..], &["New version", " created: 1\n", "\n> "], &["+ + ", "+ \n> "]]
            {
                let mut command = [0; 1024];
                assert!(stream.read(&mut command).await.unwrap() > 0);
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                }
            }
        });
        let mut api = RuntimeApi::connect(&socket).await.unwrap();
        assert_eq!(api.ask("prepare map /m").await.unwrap(), "New version created: 1");
        api.tell("add map @1 /m <<\na b\nc d\n").await.unwrap();
        haproxy.await.unwrap();
        let error = api.ask("show info").await.unwrap_err().to_string();
        assert!(error.contains("did not answer \"show info\""), "{error}");
    }
}
