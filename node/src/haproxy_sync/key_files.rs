//! The files from which HAProxy starts with the present keys.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::write;
use super::key_set::KeySet;
use super::sync_error::SyncError;

/// What the name of each key's file begins with.
const PREFIX: &str = "token-key-";

/// The files from which HAProxy starts with the present keys: one a key, and one that names them.
#[derive(Clone, Debug)]
pub(super) struct KeyFiles {
    pub(super) directory: PathBuf,
}

impl KeyFiles {
    /// Writes `keys`. The one file that is replaced names only files that are there.
    pub(super) fn keep(&self, keys: &KeySet) -> Result<(), SyncError> {
        for key in keys.newest() {
            write(&self.path(key.id()), key.pem())?;
        }
        let config = keys.to_config(|id| self.path(id).display().to_string());
        write(&self.directory.join("keys.cfg"), &config)
    }

    /// Removes the files of keys that are not among `keys`, once HAProxy runs with these.
    pub(super) fn clear(&self, keys: &KeySet) {
        let files = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        for file in files {
            let name = file.file_name();
            let id = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(".pem"));
            if id.is_some_and(|id| !keys.ids().contains(&id)) {
                // Public, and named by nobody: it may as well stay.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        Path::new(&self.directory).join(format!("{PREFIX}{id}.pem"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_set::key_set;
    use super::*;

    #[test]
    fn each_key_that_is_named_is_there_and_what_is_not_ours_stays() {
        let directory = tempfile::tempdir().unwrap();
        let files = KeyFiles { directory: directory.path().to_owned() };
        fs::write(directory.path().join("tls.pem"), "the operator's").unwrap();
        let names = || {
            let files = fs::read_dir(directory.path()).unwrap().flatten();
            let mut names: Vec<_> = files.map(|it| it.file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let pem = |name: &str| format!("token-key-{}.pem", name.repeat(43));
        let (old, new) = (key_set(1, &['a', 'b']), key_set(2, &['b', 'c']));
        files.keep(&old).unwrap();
        files.keep(&new).unwrap();
        assert_eq!(names(), ["keys.cfg", "tls.pem", &pem("a"), &pem("b"), &pem("c")]);
        let config = fs::read_to_string(directory.path().join("keys.cfg")).unwrap();
        let paths = config.lines().filter_map(|line| line.split('"').nth(1));
        assert!(paths.clone().all(|path| Path::new(path).exists()), "{config}");
        files.clear(&new);
        assert_eq!(names(), ["keys.cfg", "tls.pem", &pem("b"), &pem("c")]);
    }
}
