//! Which nodes are to run, for the next launcher.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::super::StartNode;

/// A node that is to run, and its ports. Kept in the node's directory from before it is
/// started until it is stopped.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) node: StartNode,
    pub(super) client: u16,
    pub(super) peer: u16,
}

impl Record {
    /// Those in the directories below `directory`, ordered by path.
    pub(super) fn all(directory: &Path) -> Vec<Self> {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| file(&entry.path())).collect();
        paths.sort();
        let records = paths.iter().filter_map(|path| {
            let json = fs::read(path).ok()?;
            let record = serde_json::from_slice(&json);
            record.inspect_err(|error| tracing::error!(path = %path.display(), %error)).ok()
        });
        records.collect()
    }

    /// Keeps it in `directory`. Half of one, after a loss of power, is none.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        // Names, addresses and numbers: nothing in them can fail.
        let json = serde_json::to_vec(self).unwrap_or_else(|error| unreachable!("{error}"));
        fs::write(file(directory), json)
    }

    pub(super) fn is_in(directory: &Path) -> bool {
        file(directory).exists()
    }

    pub(super) fn remove(directory: &Path) -> io::Result<()> {
        fs::remove_file(file(directory))
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("launched.json")
}
