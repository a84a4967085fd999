//! A password, from a file or from the keyboard.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use ringway_auth::{Password, read_password_file};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::client_error::ClientError;

/// The password in `file`, or what is typed after `prompt`, which nobody sees.
pub(crate) fn password(file: Option<&Path>, prompt: &str) -> Result<Password, ClientError> {
    match file {
        Some(path) => read_password_file(path).map_err(|error| {
            let doing = "--password-file".to_owned();
            ClientError::file(doing, io::Error::other(error))
        }),
        None => typed(prompt).map_err(|error| {
            let doing = "no password could be asked for; --password-file names one";
            ClientError::file(doing, error)
        }),
    }
}

fn typed(prompt: &str) -> io::Result<Password> {
    // Whatever standard input and output are.
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "{prompt}: ")?;
    let mut line = String::new();
    {
        let _silent = Silent::make(&terminal)?;
        BufReader::new(&terminal).read_line(&mut line)?;
    }
    writeln!(terminal)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    Ok(Password::typed(password))
}

/// A terminal that doesn't show what is typed, as long as this lives.
struct Silent<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Silent<'t> {
    fn make(terminal: &'t File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // It may be gone.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
