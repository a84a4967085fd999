//! One command among those that test the repository.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::Tally;
use crate::group::Group;
use crate::repository;

/// One run of Cargo.
#[derive(Debug)]
pub(super) struct Step {
    name: &'static str,
    command: Command,
    /// Whether its output tells of single tests; else it counts as one.
    has_tests: bool,
}

impl Step {
    /// Passes or fails as a whole.
    pub(super) fn check(name: &'static str, arguments: &[&str]) -> Self {
        let mut command = repository::cargo();
        command.args(arguments);
        Self { name, command, has_tests: false }
    }

    /// Runs tests.
    pub(super) fn tests(name: &'static str, arguments: &[&str]) -> Self {
        Self { has_tests: true, ..Self::check(name, arguments) }
    }

    /// Runs it with a variable set.
    pub(super) fn environment(&mut self, variable: &str, value: impl AsRef<OsStr>) {
        self.command.env(variable, value);
    }

    /// Runs it, shows what it prints, and counts. Nothing that it has started runs on
    /// when this process ends, however it does.
    pub(super) fn run(mut self, tally: &mut Tally) -> io::Result<()> {
        println!("\n== {} ==", self.name);
        let group = Group::new()?;
        self.command.process_group(group.id()).stdin(Stdio::null()).stdout(Stdio::piped());
        let before = *tally;
        let mut cargo = self.command.spawn()?;
        if let Some(output) = cargo.stdout.take() {
            // Bytes, since a test may print anything.
            for line in BufReader::new(output).split(b'\n') {
                let line = String::from_utf8_lossy(&line?).into_owned();
                println!("{line}");
                if self.has_tests {
                    tally.read(&line);
                }
            }
        }
        let succeeded = cargo.wait()?.success();
        if !self.has_tests && succeeded {
            tally.passed += 1;
        }
        // It did not compile, or crashed: no runner has counted that.
        if !succeeded && tally.failed == before.failed {
            tally.failed += 1;
        }
        Ok(())
    }
}
