//! HAProxy, running.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::observed::Observed;
use super::plan::Step;
use super::ring_map::RingMap;
use super::runtime_api::RuntimeApi;
use super::server::Server;
use super::slot::Slot;
use super::sync_error::SyncError;

/// HAProxy, running.
pub(super) struct Haproxy {
    api: RuntimeApi,
    socket: PathBuf,
    /// What it calls the ring's map.
    map: PathBuf,
}

impl Haproxy {
    pub(super) async fn connect(socket: &Path, map: &Path) -> Result<Self, SyncError> {
        let api = RuntimeApi::connect(socket).await?;
        Ok(Self { api, socket: socket.to_owned(), map: map.to_owned() })
    }

    /// All that it has.
    pub(super) async fn observe(&mut self) -> Result<Observed, SyncError> {
        Ok(Observed { servers: self.servers().await?, map: self.shown("").await? })
    }

    async fn servers(&mut self) -> Result<BTreeMap<Slot, Server>, SyncError> {
        Ok(Observed::servers(&self.api.ask("show servers state").await?))
    }

    /// The ring's map, or what `version`, like `@7`, will make of it.
    async fn shown(&mut self, version: &str) -> Result<RingMap, SyncError> {
        let command = format!("show map {version} {}", self.map.display());
        let shown = self.api.ask(&command).await?;
        if shown.starts_with("Unknown map") {
            return Err(SyncError::Refused { command, answer: shown });
        }
        // Each line begins with a number for the entry.
        Ok(RingMap::parse(shown.lines().filter_map(|line| Some(line.split_once(' ')?.1))))
    }

    /// Does `step`, as far as it is HAProxy's.
    pub(super) async fn take(&mut self, step: &Step) -> Result<(), SyncError> {
        match step {
            Step::Enable { slot, address } => {
                let (ip, port) = (address.ip(), address.port());
                for backend in ["reads", "writes"] {
                    // What it says are sentences for people: whether it was done is looked at
                    // afterwards.
                    self.api
                        .ask(&format!("set server {backend}/{slot} addr {ip} port {port}"))
                        .await?;
                }
                self.api.ask(&format!("set server reads/{slot} state ready")).await?;
            }
            // The other backend's follows it.
            Step::Disable(slot) => {
                self.api.ask(&format!("set server reads/{slot} state maint")).await?;
            }
            Step::Swap(map) => self.swap(map).await?,
            Step::KeepServers(_) | Step::KeepMap(_) => {}
        }
        Ok(())
    }

    /// Replaces the ring's map as a whole, once HAProxy has all of it.
    async fn swap(&mut self, map: &RingMap) -> Result<(), SyncError> {
        let name = self.map.display().to_string();
        let command = format!("prepare map {name}");
        let answer = self.api.ask(&command).await?;
        let version = answer.strip_prefix("New version created: ").and_then(|it| it.parse().ok());
        let Some::<u32>(version) = version else {
            return Err(SyncError::Refused { command, answer });
        };
        for payload in map.payloads() {
            let add = format!("add map @{version} {name} <<\n{payload}");
            RuntimeApi::tell_apart(&self.socket, &add).await?;
        }
        // Where HAProxy was replaced meanwhile, the one that is talked to lacks some.
        if self.shown(&format!("@{version}")).await? != *map {
            return Err(SyncError::MisreadMap);
        }
        self.api.tell(&format!("commit map @{version} {name}")).await
    }
}
