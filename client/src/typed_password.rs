//! A password, from a file or from the keyboard.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::thread;

use ringway_auth::{Password, read_password_file};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::oneshot;

use crate::bulk::unless_interrupted;
use crate::client_error::ClientError;

/// The password in `file`, or what is typed after `prompt`, which nobody sees.
pub(crate) async fn password(file: Option<&Path>, prompt: &str) -> Result<Password, ClientError> {
    match file {
        Some(path) => read_password_file(path)
            .map_err(|error| ClientError::file("--password-file", io::Error::other(error))),
        None => typed(prompt).await,
    }
}

async fn typed(prompt: &str) -> Result<Password, ClientError> {
    // Whatever standard input and output are.
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(unasked)?;
    let line = {
        let silent = Silent::make(&terminal).map_err(unasked)?;
        write!(terminal, "{prompt}: ").map_err(unasked)?;
        let line = unless_interrupted(line(&terminal)).await;
        // Before the process ends too, or the user's shell would go on in silence.
        drop(silent);
        writeln!(terminal).map_err(unasked)?;
        line?
    };
    Ok(Password::typed(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The next line of `terminal`. It is read by a thread that nobody waits for, where the user
/// would rather not type it.
async fn line(terminal: &File) -> Result<String, ClientError> {
    let (done, line) = oneshot::channel();
    let terminal = terminal.try_clone().map_err(unasked)?;
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(terminal).read_line(&mut line);
        done.send(read.map(|_| line))
    });
    line.await.map_err(io::Error::other).flatten().map_err(unasked)
}

fn unasked(error: io::Error) -> ClientError {
    ClientError::file("no password could be asked for; --password-file names one", error)
}

/// A terminal that doesn't show what is typed, as long as this lives.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn make(terminal: &File) -> io::Result<Self> {
        let terminal = terminal.try_clone()?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // It may be gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
