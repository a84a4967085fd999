//! A real terminal: what a person sees of a program after all its control sequences.

use std::path::PathBuf;
use std::process::Command;

use xtask::group::Group;
use xtask::setup;
use xtask::skip::skip;
use xtask::stack::Process;
use xtask::wait;

use crate::desk::{Desk, PATIENCE};

/// One of tmux, of 120 columns and 40 lines, with a shell in it. Gone when this is dropped.
pub(crate) struct Terminal {
    tmux: PathBuf,
    socket: String,
    _server: Process,
    _group: Group,
}

impl Terminal {
    /// None where there is no tmux, which is said.
    pub(crate) async fn at(desk: &Desk) -> Option<Self> {
        let tmux = match setup::tmux().await {
            Ok(tmux) => tmux,
            Err(error) => {
                skip(&format!("what is seen on a terminal is not looked at: {error}"));
                return None;
            }
        };
        let socket = desk.path("tmux").to_str().unwrap().to_owned();
        let group = Group::new().unwrap();
        let mut server = desk.command(tmux.to_str().unwrap());
        server.args(["-S", &socket, "-f", "/dev/null", "-D"]);
        let server = Process::spawn("tmux", server, &desk.path("tmux.log"), &group).unwrap();
        let terminal = Self { tmux, socket, _server: server, _group: group };
        let shell = "PS1='$ ' exec sh -i";
        let is_up = async || {
            // The shell has the environment of whoever asks for it.
            let mut client = desk.command(terminal.tmux.to_str().unwrap());
            client.args(["-N", "-S", &terminal.socket, "new-session", "-d"]);
            let made = client.args(["-x", "120", "-y", "40", shell]).output().unwrap();
            made.status.success()
        };
        assert!(wait::until(PATIENCE, is_up).await, "tmux does not start");
        Some(terminal)
    }

    /// Types `line` and Enter.
    pub(crate) fn enter(&self, line: &str) {
        self.types(line);
        self.press("Enter");
    }

    /// Types `text`.
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]).unwrap();
    }

    /// Presses a key, by tmux's name for it.
    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]).unwrap();
    }

    /// Waits until `is_it` of what is seen, which it returns.
    pub(crate) async fn sees(&self, is_it: impl Fn(&str) -> bool) -> String {
        let mut screen = String::new();
        let is_seen = wait::until(PATIENCE, async || {
            screen = self.tmux(&["capture-pane", "-p"]).unwrap();
            is_it(&screen)
        });
        assert!(is_seen.await, "{screen}");
        screen
    }

    /// Waits until the program before has ended, and returns its status.
    pub(crate) async fn status(&self) -> i32 {
        self.enter("echo status=$?.");
        let read = |screen: &str| -> Option<i32> {
            let (_, rest) = screen.rsplit_once("\nstatus=")?;
            rest.split('.').next()?.parse().ok()
        };
        let screen = self.sees(|screen| read(screen).is_some()).await;
        self.enter("clear");
        self.sees(|screen| !screen.contains("status=")).await;
        read(&screen).unwrap()
    }

    /// What tmux says to `words`; nothing where it fails.
    fn tmux(&self, words: &[&str]) -> Option<String> {
        // Not one that would be started for this.
        let mut command = Command::new(&self.tmux);
        let output = command.args(["-N", "-S", &self.socket]).args(words).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}
