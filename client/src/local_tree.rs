//! Files of a directory as keys, and keys as files of a directory.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use ringway_ring::Key;

use crate::client_error::ClientError;

/// A file, and the key that it is stored under.
#[derive(Debug)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    pub(crate) key: Key<'static>,
    pub(crate) bytes: u64,
}

/// The files of a directory and those below it, in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct LocalTree {
    pub(crate) files: Vec<LocalFile>,
    /// What can't be stored, and why.
    pub(crate) refused: Vec<(PathBuf, ClientError)>,
}

impl LocalTree {
    /// What is in `directory`; each file's key is `prefix`, then its path from there on. Links,
    /// which may lead anywhere, and what is neither file nor directory are refused. Blocks.
    ///
    /// # Errors
    /// When a directory can't be read.
    pub(crate) fn read(directory: &Path, prefix: &str) -> Result<Self, ClientError> {
        let mut tree = Self::default();
        let mut left = vec![directory.to_owned()];
        while let Some(below) = left.pop() {
            let unreadable = |error| unreadable(&below, error);
            for entry in fs::read_dir(&below).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let kind = entry.file_type().map_err(unreadable)?;
                if kind.is_dir() {
                    left.push(entry.path());
                } else {
                    tree.take(directory, prefix, entry.path(), kind.is_file());
                }
            }
        }
        tree.files.sort_by(|one, other| one.key.as_str().cmp(other.key.as_str()));
        Ok(tree)
    }

    fn take(&mut self, directory: &Path, prefix: &str, path: PathBuf, is_file: bool) {
        let relative = path.strip_prefix(directory).unwrap_or(&path).to_str();
        let refused = |sentence: String| ClientError::Refused { sentence };
        let file = match (relative, fs::symlink_metadata(&path)) {
            _ if !is_file => Err(refused("it is no file, and links are not followed".into())),
            (None, _) => Err(refused("its name is no UTF-8, so it can't be a key".into())),
            (Some(_), Err(error)) => Err(unreadable(&path, error)),
            (Some(relative), Ok(known)) => Key::new(format!("{prefix}{relative}"))
                .map(|key| (key, known.len()))
                .map_err(|error| refused(error.to_string())),
        };
        match file {
            Ok((key, bytes)) => self.files.push(LocalFile { path, key, bytes }),
            Err(error) => self.refused.push((path, error)),
        }
    }
}

/// What keys below `prefix` begin with: a directory's name is followed by a slash, unless there
/// is none.
pub(crate) fn below(prefix: &str) -> String {
    if prefix.is_empty() || prefix.ends_with('/') {
        prefix.to_owned()
    } else {
        format!("{prefix}/")
    }
}

/// Where in `directory` the value goes whose key has `rest` behind the prefix.
///
/// # Errors
/// When that would be elsewhere, or is no name of a file.
pub(crate) fn path_of(directory: &Path, rest: &str) -> Result<PathBuf, ClientError> {
    let is_name = |part: Component<'_>| matches!(part, Component::Normal(_));
    // Components alone would tidy `a//b` and `./a` up, which other keys are called.
    let is_plain = rest.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_plain || !Path::new(rest).components().all(is_name) || rest.contains('\0') {
        let sentence = "no file can be called that".to_owned();
        return Err(ClientError::Refused { sentence });
    }
    Ok(directory.join(rest))
}

pub(crate) fn unreadable(path: &Path, error: io::Error) -> ClientError {
    ClientError::file(format!("{} can't be read", path.display()), error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn files_become_keys_in_order_and_what_is_none_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["z", "b/c/ü 1", "b/a"] {
            fs::write(root.join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("/", root.join("link")).unwrap();
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"\xFF")), "").unwrap();
        let tree = LocalTree::read(root, "p/").unwrap();
        let files: Vec<_> = tree.files.iter().map(|it| (it.key.as_str(), it.bytes)).collect();
        assert_eq!(files, [("p/b/a", 3), ("p/b/c/ü 1", 8), ("p/z", 1)]);
        let mut why: Vec<_> = tree.refused.iter().map(|(_, why)| why.to_string()).collect();
        why.sort();
        assert!(why[0].contains("no file") && why[1].contains("UTF-8"), "{why:?}");
        assert!(LocalTree::read(&root.join("none"), "").is_err());
    }

    #[test]
    fn no_key_leads_out_of_the_directory() {
        let directory = Path::new("to");
        assert_eq!(path_of(directory, "a/b c").unwrap(), Path::new("to/a/b c"));
        for rest in ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", "a/.", "a\0b"] {
            assert!(path_of(directory, rest).is_err(), "{rest:?}");
        }
        assert_eq!(["", "a", "a/"].map(below), ["", "a/", "a/"]);
    }
}
