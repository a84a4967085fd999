//! Programs that Debian has, for machines that lack them.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use super::debian_package::{could_not_be_written, with_dependencies};
use crate::repository;

/// A program that Debian has.
pub(super) struct DebianProgram {
    /// What people call it.
    pub(super) tool: &'static str,
    pub(super) package: &'static str,
    /// Where it is in the package.
    pub(super) path: &'static str,
    /// What it is called where it is installed, here or there.
    pub(super) names: &'static [&'static str],
    /// To which it says which version it is.
    pub(super) flag: &'static str,
    /// Whether it will do, by what it says then.
    pub(super) is_wanted: fn(&str) -> bool,
    /// What a person does where it is not to be had.
    pub(super) by_hand: &'static str,
}

impl DebianProgram {
    /// Finds it on the `PATH`, or takes it out of Debian's package where this is Debian.
    ///
    /// # Errors
    /// When neither is to be had.
    pub(super) async fn find(&self) -> Result<PathBuf, SetupError> {
        let kept = repository::tools().join(self.package);
        let installed = self.names.iter().map(PathBuf::from);
        for program in installed.chain([kept.clone()]) {
            if self.will_do(&program).await {
                return Ok(program);
            }
        }
        self.unpack(&kept).await.map(|()| kept).map_err(|reason| SetupError {
            tool: self.tool,
            reason,
            by_hand: self.by_hand.to_owned(),
        })
    }

    async fn will_do(&self, program: &Path) -> bool {
        let said = run(Command::new(program).arg(self.flag)).await;
        said.is_ok_and(|said| (self.is_wanted)(&said))
    }

    async fn unpack(&self, kept: &Path) -> Result<(), String> {
        let root = with_dependencies(self.package).await?;
        starter(&root, self.path, kept)?;
        if self.will_do(kept).await {
            return Ok(());
        }
        Err("the package's program does not run on this machine".to_owned())
    }
}

/// Writes a script `to` that starts the program at `path` below `root`, with the libraries that
/// are there.
fn starter(root: &Path, path: &str, to: &Path) -> Result<(), String> {
    let failed = |error| could_not_be_written(to, &error);
    let mut script = OsString::from("#!/bin/sh\nexport LD_LIBRARY_PATH=");
    for directory in libraries(root) {
        script.extend([&*quoted(&directory), OsStr::new(":")]);
    }
    script.push("\nexec ");
    script.extend([&*quoted(&root.join(path)), OsStr::new(" \"$@\"\n")]);
    // Beside its final place, so that nobody starts half of it.
    let half = to.with_extension(format!("{}.half", std::process::id()));
    fs::write(&half, script.as_bytes()).map_err(failed)?;
    fs::set_permissions(&half, Permissions::from_mode(0o755)).map_err(failed)?;
    fs::rename(&half, to).map_err(failed)
}

/// Where packages have their libraries: `lib/x86_64-linux-gnu` and its like, and below these what
/// is some package's own, which its programs would look for at a fixed place.
fn libraries(root: &Path) -> Vec<PathBuf> {
    let is_library = |path: &PathBuf| path.to_string_lossy().contains("-linux-gnu");
    let shared = ["lib", "usr/lib"].map(|directory| within(&root.join(directory)));
    let shared: Vec<_> = shared.into_iter().flatten().filter(is_library).collect();
    let own = shared.iter().flat_map(|directory| within(directory)).filter(|path| path.is_dir());
    let own: Vec<_> = own.collect();
    shared.into_iter().chain(own).collect()
}

/// What is in `directory`, if that is there.
fn within(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// As a word of a shell.
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy().replace('\'', r"'\''");
    format!("'{text}'").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_is_started_with_its_libraries_and_what_it_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("it's");
        let own = "usr/lib/x86_64-linux-gnu/own";
        for below in ["bin", "lib/x86_64-linux-gnu", own, "usr/lib/doc"] {
            fs::create_dir_all(root.join(below)).unwrap();
        }
        let program = root.join("bin/program");
        fs::write(&program, "#!/bin/sh\necho \"$LD_LIBRARY_PATH\" \"$#\" \"$2\"\n").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let kept = directory.path().join("kept");
        starter(&root, "bin/program", &kept).unwrap();
        let said = run(Command::new(&kept).args(["a", "b  c"])).await.unwrap();
        let root = root.display();
        let libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", own];
        let libraries = libraries.map(|below| format!("{root}/{below}:")).concat();
        assert_eq!(said, format!("{libraries} 2 b  c\n"));
    }
}
