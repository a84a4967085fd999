//! Where a stack keeps its files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ringway_ring::NodeId;
use tempfile::TempDir;

use super::{StackError, secret};

/// The directory for data and logs; removed on drop where it is temporary.
#[derive(Debug)]
pub(super) enum Directory {
    /// Gone with the stack.
    Temporary(TempDir),
    /// The user's.
    Kept(PathBuf),
}

impl Directory {
    /// `wanted`, or a temporary one.
    pub(super) fn open(wanted: Option<&Path>) -> Result<Self, StackError> {
        let unusable = |path: &Path, source: io::Error| StackError::Directory {
            path: path.to_owned(),
            source,
        };
        let directory = match wanted {
            Some(path) => {
                fs::create_dir_all(path).map_err(|error| unusable(path, error))?;
                let path = path.canonicalize().map_err(|error| unusable(path, error))?;
                Self::Kept(path)
            }
            None => match TempDir::with_prefix("ringway-") {
                Ok(directory) => Self::Temporary(directory),
                Err(error) => return Err(unusable(&std::env::temp_dir(), error)),
            },
        };
        let logs = directory.path().join("logs");
        fs::create_dir_all(&logs).map_err(|error| unusable(&logs, error))?;
        let secret = directory.secret();
        secret::keep(&secret).map_err(|error| unusable(&secret, error))?;
        Ok(directory)
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Kept(path) => path,
        }
    }

    /// A node's data.
    pub(super) fn data(&self, id: &NodeId) -> PathBuf {
        self.path().join(id.as_str())
    }

    /// The file with what the nodes share and nobody else knows.
    pub(super) fn secret(&self) -> PathBuf {
        self.path().join("cluster-secret")
    }

    /// The file with what lets a node join, where that is needed.
    pub(super) fn join_token(&self, id: &NodeId) -> PathBuf {
        self.path().join(format!("{id}.join-token"))
    }

    /// A process's log.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.path().join("logs").join(format!("{name}.log"))
    }
}
