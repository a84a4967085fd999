//! A file that is there whole, or as it was before.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::client_error::ClientError;

/// A file that is being written. Under its name it is there whole, once it is
/// [complete](Self::complete), or as it was before; a device or a pipe gets what comes when
/// it comes.
pub(crate) struct OutputFile {
    named: PathBuf,
    target: Target,
}

enum Target {
    /// Beside the file that it becomes, and gone when this is dropped.
    Temporary { file: NamedTempFile, becomes: PathBuf },
    /// What can't be replaced by a file, like `/dev/null`.
    Special(File),
}

impl OutputFile {
    /// A file that is to be at `path`.
    ///
    /// # Errors
    /// When there can't be one.
    pub(crate) fn create(path: &Path) -> Result<Self, ClientError> {
        let named = path.to_owned();
        let target = target(path).map_err(|error| unwritable(path, error))?;
        Ok(Self { named, target })
    }

    /// Writes `bytes` behind what was written before.
    ///
    /// # Errors
    /// When the disk is full, for example.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let written = match &mut self.target {
            Target::Temporary { file, .. } => file.write_all(bytes),
            Target::Special(file) => file.write_all(bytes),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Puts it where it is to be; `durably`: not before the disk has it.
    ///
    /// # Errors
    /// When the system can't, or notices only now that the disk is full.
    pub(crate) fn complete(self, durably: bool) -> Result<(), ClientError> {
        let named = self.named;
        match self.target {
            Target::Special(_) => Ok(()),
            Target::Temporary { file, becomes } => {
                if durably {
                    file.as_file().sync_all().map_err(|error| as_it_was(&named, error))?;
                }
                file.persist(becomes).map_err(|error| as_it_was(&named, error.error))?;
                Ok(())
            }
        }
    }

    fn failed(&self, error: io::Error) -> ClientError {
        match self.target {
            Target::Temporary { .. } => as_it_was(&self.named, error),
            Target::Special(_) => unwritable(&self.named, error),
        }
    }
}

fn target(path: &Path) -> io::Result<Target> {
    // A link stays one: what it leads to is replaced.
    let becomes = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&becomes) {
        Ok(known) if known.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(known) if !known.is_file() => {
            return Ok(Target::Special(File::options().write(true).open(becomes)?));
        }
        _ => {}
    }
    let directory = becomes.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .prefix(".ringway-")
        // As for any new file: the user's umask takes away from that.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    Ok(Target::Temporary { file, becomes })
}

fn unwritable(path: &Path, error: io::Error) -> ClientError {
    ClientError::file(format!("{} can't be written", path.display()), error)
}

fn as_it_was(path: &Path, error: io::Error) -> ClientError {
    let doing = format!("{} can't be written, and is as it was before", path.display());
    ClientError::file(doing, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_or_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it");
        let mut file = OutputFile::create(&path).unwrap();
        file.write(b"new").unwrap();
        assert!(!path.exists());
        file.complete(true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mut file = OutputFile::create(&path).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_link_stays_one_and_what_is_no_file_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let [path, link] = ["it", "link"].map(|name| directory.path().join(name));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut file = OutputFile::create(&link).unwrap();
        file.write(b"new").unwrap();
        file.complete(false).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");

        let mut null = OutputFile::create(Path::new("/dev/null")).unwrap();
        null.write(b"gone").unwrap();
        null.complete(true).unwrap();
        let mut full = OutputFile::create(Path::new("/dev/full")).unwrap();
        let why = full.write(b"no room").unwrap_err().to_string();
        assert!(why.starts_with("/dev/full can't be written: No space left"), "{why}");
        assert!(OutputFile::create(directory.path()).is_err());
    }
}
