//! What HAProxy starts with.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::observed::Observed;
use super::plan::Step;
use super::ring_map::RingMap;
use super::server::Server;
use super::slot::Slot;
use super::sync_error::SyncError;

/// The files from which HAProxy starts with the present ring.
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    /// In `directory`, which is made if it isn't there.
    pub(super) fn open(directory: &Path) -> Result<Self, SyncError> {
        let failed = |source| SyncError::File { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(failed)?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// The ring, which HAProxy calls by this path too.
    pub(super) fn map(&self) -> PathBuf {
        self.directory.join("ring.map")
    }

    /// Who is at which slot, as variables that HAProxy's configuration reads.
    fn servers(&self) -> PathBuf {
        self.directory.join("servers.cfg")
    }

    /// What HAProxy would start with. What isn't there, or can't be read, it doesn't have.
    pub(super) fn observe(&self) -> Observed {
        let [map, servers] =
            [self.map(), self.servers()].map(|path| fs::read_to_string(path).unwrap_or_default());
        Observed { servers: read_servers(&servers), map: RingMap::parse(map.lines()) }
    }

    /// Does `step`, as far as it concerns files.
    pub(super) fn take(&self, step: &Step) -> Result<(), SyncError> {
        match step {
            Step::KeepServers(servers) => write(&self.servers(), &written_servers(servers)),
            Step::KeepMap(map) => write(&self.map(), &map.to_text()),
            Step::Enable { .. } | Step::Swap(_) | Step::Disable(_) => Ok(()),
        }
    }
}

/// Every slot is written, since HAProxy's environment outlives a reload of it.
fn written_servers(servers: &BTreeMap<Slot, Server>) -> String {
    let head = "# Written by `ringway haproxy-sync`, which overwrites it.\nglobal\n".to_owned();
    let variables = servers.iter().map(|(slot, server)| {
        let state = if server.is_enabled { "enabled" } else { "disabled" };
        let (name, address) = (slot.variable(), server.address);
        format!("  setenv {name} {address}\n  setenv {name}_STATE {state}\n")
    });
    head + &variables.collect::<String>()
}

fn read_servers(text: &str) -> BTreeMap<Slot, Server> {
    let variables: BTreeMap<_, _> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("setenv ")?.split_once(' '))
        .collect();
    let server = |slot: Slot| {
        let name = slot.variable();
        let address = variables.get(name.as_str())?.parse().ok()?;
        let state = *variables.get(format!("{name}_STATE").as_str())?;
        Some(Server { address, is_enabled: state == "enabled" })
    };
    Slot::all().map(|slot| (slot, server(slot).unwrap_or(Server::NOBODY))).collect()
}

/// Writes all of `text` or nothing, and nothing where it is there already.
pub(super) fn write(path: &Path, text: &str) -> Result<(), SyncError> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let replace = || -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(text.as_bytes())?;
        // Renamed only when it is whole, after a loss of power too.
        file.sync_all()?;
        fs::rename(&new, path)
    };
    replace().map_err(|source| SyncError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_they_were_written() {
        let mut servers = read_servers("");
        assert_eq!(servers.len(), 64);
        assert!(servers.values().all(|server| *server == Server::NOBODY));
        for (server, address) in servers.values_mut().zip(["10.0.0.1:8080", "[fd00::1]:1"]) {
            *server = Server::of(address.parse().unwrap());
        }
        let text = written_servers(&servers);
        assert!(text.contains("  setenv RINGWAY_S1 10.0.0.1:8080\n"), "{text}");
        assert!(text.contains("  setenv RINGWAY_S64_STATE disabled\n"), "{text}");
        assert_eq!(read_servers(&text), servers);
    }

    #[test]
    fn files_are_replaced_as_a_whole_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::open(&directory.path().join("new")).unwrap();
        assert_eq!(files.observe().map, RingMap::default());
        let map = RingMap::parse("epoch 7\nmask 4095\n17 s3:s1:s2".lines());
        files.take(&Step::KeepMap(map.clone())).unwrap();
        assert_eq!(files.observe().map, map);
        let left = fs::read_dir(directory.path().join("new")).unwrap().count();
        assert_eq!(left, 1, "nothing but the file");
    }
}
