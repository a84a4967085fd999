//! Where the nodes of a cluster have their data and what they know.

use std::path::PathBuf;

use crate::process::{Process, refused, ringway_node, write_private};

/// What the nodes of a place share, and nobody else knows.
pub(crate) const SECRET: &str = "a secret of enough bytes";

/// Where the nodes of a cluster have their data and what they know.
pub(crate) struct Place {
    directory: tempfile::TempDir,
    flags: &'static [&'static str],
}

impl Place {
    /// One whose nodes are all started with `flags`.
    pub(crate) fn new(flags: &'static [&'static str]) -> Self {
        let it = Self { directory: tempfile::tempdir().unwrap(), flags };
        write_private(&it.path("secret"), SECRET);
        it
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn flag(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The first node of a cluster, or one that is in it, with `flags` too.
    pub(crate) fn start(&self, id: &str, flags: &[&str]) -> Process {
        let secret = self.flag("secret");
        let own = ["--server-id", id, "--secret-file", &secret];
        Process::start(&self.path(id), &[&own[..], self.flags, flags].concat())
    }

    /// Why the node whose data is in `name` does not start again.
    pub(crate) fn stays_away(&self, name: &str, id: &str, flags: &[&str]) -> String {
        let mut node = ringway_node(&["--port", "0", "--peer-port", "0", "--server-id", id]);
        node.arg("--data-directory").arg(self.path(name)).args(flags);
        let (code, said) = refused(node);
        assert!(matches!(code, Some(1 | 64)), "{code:?}: {said}");
        said
    }
}
