//! A process group that does not outlive this process.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A process group that ends with this process, however this process ends.
///
/// Its first member is a shell that waits for the end of its input, a pipe that only this
/// process can write to. The system closes the pipe when this process is gone, be it by
/// SIGKILL, and the shell then kills its group, itself included. As long as the shell lives
/// nobody else can get the group's number.
#[derive(Debug)]
pub(super) struct Group {
    shell: Child,
}

impl Group {
    /// A group without members.
    ///
    /// # Errors
    /// When no shell can be started.
    pub(super) fn new() -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", "read -r _; kill -KILL 0"]).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { shell: shell.spawn()? })
    }

    /// The group's number, for [`CommandExt::process_group`].
    pub(super) fn id(&self) -> i32 {
        // A process's number is a positive i32 wherever there are process groups.
        i32::try_from(self.shell.id()).unwrap_or(i32::MAX)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // There is nobody to tell when it does not end, and nothing else to try.
        let _ended = self.shell.wait();
    }
}
