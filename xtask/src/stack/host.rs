//! Where a node runs.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

/// A place on this machine with an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Where a node that runs there is reached.
    pub address: IpAddr,
    /// A command that starts the command which follows it there; none where it is here.
    pub enter: Vec<String>,
}

impl Host {
    /// What starts `program` there.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Some((enter, arguments)) = self.enter.split_first() else {
            return Command::new(program);
        };
        let mut command = Command::new(enter);
        command.args(arguments).arg(program);
        command
    }
}

/// The loopback interface.
impl Default for Host {
    fn default() -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), enter: Vec::new() }
    }
}
