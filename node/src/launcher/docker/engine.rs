//! What is asked of Docker, with what its refusals mean.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptions, InspectContainerOptions,
    InspectNetworkOptions, ListContainersOptions, LogsOptions, RemoveContainerOptions,
    RemoveVolumeOptions, StartContainerOptions, StopContainerOptions, UploadToContainerOptions,
};
use bollard::{API_DEFAULT_VERSION, Docker, body_full};
use futures_util::StreamExt;
use ringway_ring::NodeId;

use super::super::LaunchError;
use super::addresses::Subnet;
use super::container_spec::{ContainerSpec, DATA, GRACE_SECONDS};
use super::found_node::FoundNode;
use super::token_archive::{owner, token_archive};
use crate::join_token::JoinToken;

/// How long one answer may take, in seconds; a container has [`GRACE_SECONDS`] to stop.
const PATIENCE_SECONDS: u64 = 60;

/// A Docker engine that answers.
pub(super) struct Engine {
    docker: Docker,
    socket: PathBuf,
}

impl Engine {
    pub(super) async fn connect(socket: &Path) -> Result<Self, LaunchError> {
        let missing = |error: Error| missing(socket, &error);
        let path = socket.to_string_lossy();
        let docker = Docker::connect_with_unix(&path, PATIENCE_SECONDS, API_DEFAULT_VERSION);
        // Engines refuse clients that speak of later versions.
        let docker = docker.map_err(missing)?.negotiate_version().await.map_err(missing)?;
        Ok(Self { docker, socket: socket.to_owned() })
    }

    /// The container that this process is in: Docker names its host by it.
    pub(super) async fn own_container(
        &self,
    ) -> Result<Option<ContainerInspectResponse>, LaunchError> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        self.inspect(host.trim()).await
    }

    pub(super) async fn check_image(&self, image: &str) -> Result<(), LaunchError> {
        match self.docker.inspect_image(image).await {
            Ok(_) => Ok(()),
            Err(error) if is_status(&error, 404) => {
                Err(LaunchError::ImageMissing { image: image.to_owned() })
            }
            Err(error) => Err(self.refused(format!("look for the image {image}"), error)),
        }
    }

    pub(super) async fn subnet(&self, network: &str) -> Result<Subnet, LaunchError> {
        let found = self.docker.inspect_network(network, None::<InspectNetworkOptions>).await;
        let found = match found {
            Err(error) if is_status(&error, 404) => {
                return Err(LaunchError::NetworkMissing { network: network.to_owned() });
            }
            found => found
                .map_err(|error| self.refused(format!("look at the network {network}"), error))?,
        };
        let ranges = found.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        let mut subnets = ranges.into_iter().filter_map(|range| range.subnet);
        let subnet = subnets.find_map(|subnet| Subnet::read(&subnet));
        subnet.ok_or_else(|| LaunchError::NoSubnet { network: network.to_owned() })
    }

    /// The addresses of all containers on `network`, also of those that don't run.
    pub(super) async fn taken_addresses(
        &self,
        network: &str,
    ) -> Result<BTreeSet<Ipv4Addr>, LaunchError> {
        let endpoints = self
            .containers(network)
            .await?
            .into_iter()
            .filter_map(|container| container.network_settings?.networks?.remove(network));
        let addresses = endpoints.flat_map(|endpoint| {
            let fixed = endpoint.ipam_config.and_then(|config| config.ipv4_address);
            [fixed, endpoint.ip_address].into_iter().flatten()
        });
        Ok(addresses.filter_map(|address| address.parse().ok()).collect())
    }

    /// The nodes on `network`, also those that don't run.
    pub(super) async fn nodes(&self, network: &str) -> Result<Vec<FoundNode>, LaunchError> {
        let mut nodes = Vec::new();
        for id in self.containers(network).await?.into_iter().filter_map(|found| found.id) {
            // It may be gone by now.
            let container = self.inspect(&id).await?;
            nodes.extend(container.and_then(|container| FoundNode::read(container, network)));
        }
        Ok(nodes)
    }

    async fn containers(&self, network: &str) -> Result<Vec<ContainerSummary>, LaunchError> {
        let options = ListContainersOptions {
            all: true,
            filters: Some([("network".to_owned(), vec![network.to_owned()])].into()),
            ..ListContainersOptions::default()
        };
        let found = self.docker.list_containers(Some(options)).await;
        found.map_err(|error| self.refused(format!("list the containers on {network}"), error))
    }

    pub(super) async fn has_volume(&self, volume: &str) -> Result<bool, LaunchError> {
        match self.docker.inspect_volume(volume).await {
            Ok(_) => Ok(true),
            Err(error) if is_status(&error, 404) => Ok(false),
            Err(error) => Err(self.refused(format!("look for the volume {volume}"), error)),
        }
    }

    pub(super) async fn create(&self, spec: &ContainerSpec<'_>) -> Result<(), LaunchError> {
        let options =
            CreateContainerOptions { name: Some(spec.name()), ..CreateContainerOptions::default() };
        match self.docker.create_container(Some(options), spec.body()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.refused(format!("make the container {}", spec.name()), error)),
        }
    }

    /// Puts `token` beside the data of a container that was made and not started: whoever looks at
    /// the container sees where it is, and not what it is.
    pub(super) async fn give_token(
        &self,
        container: &str,
        token: &JoinToken,
    ) -> Result<(), LaunchError> {
        let doing = || format!("hand {container} what lets it join");
        let options = DownloadFromContainerOptions { path: DATA.to_owned() };
        let mut archive = Box::pin(self.docker.download_from_container(container, Some(options)));
        let mut head = Vec::new();
        // Whoever the image's user is owns the directory of its data.
        let owner = loop {
            if let Some(owner) = owner(&head) {
                break owner;
            }
            let part = archive.next().await.transpose();
            let Some(part) = part.map_err(|error| self.refused(doing(), error))? else {
                let reason = format!("{DATA} can't be read");
                return Err(LaunchError::Docker { doing: doing(), reason });
            };
            head.extend_from_slice(&part);
        };
        let archive = token_archive(token, owner)
            .map_err(|error| LaunchError::Docker { doing: doing(), reason: error.to_string() })?;
        let options = UploadToContainerOptions {
            path: DATA.to_owned(),
            ..UploadToContainerOptions::default()
        };
        let body = body_full(archive.into());
        let given = self.docker.upload_to_container(container, Some(options), body).await;
        given.map_err(|error| self.refused(doing(), error))
    }

    pub(super) async fn start(&self, container: &str, id: &NodeId) -> Result<(), LaunchError> {
        let started = self.docker.start_container(container, None::<StartContainerOptions>).await;
        started.map_err(|error| {
            let reason = error.to_string();
            if reason.contains("Address already in use") {
                return LaunchError::AddressTaken { id: id.clone(), reason };
            }
            self.refused(format!("start the container {container}"), error)
        })
    }

    pub(super) async fn runs(&self, container: &str) -> Result<bool, LaunchError> {
        let found = self.inspect(container).await?;
        // One that Docker had to start again does not come up.
        let found = found.filter(|found| found.restart_count.unwrap_or(0) == 0);
        Ok(found.and_then(|found| found.state).is_some_and(|state| state.running == Some(true)))
    }

    /// The last line that a container wrote.
    pub(super) async fn last_words(&self, container: &str) -> String {
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: "1".to_owned(),
            ..LogsOptions::default()
        };
        let mut log = Box::pin(self.docker.logs(container, Some(options)));
        let line: Option<LogOutput> = log.next().await.and_then(Result::ok);
        let line = line.map(|line| line.to_string()).unwrap_or_default();
        let line = line.trim().trim_start_matches("ringway: ");
        if line.is_empty() { "nothing".to_owned() } else { line.to_owned() }
    }

    /// Asks a container to end; Docker kills it where it takes too long.
    pub(super) async fn stop(&self, container: &str) -> Result<(), LaunchError> {
        let options =
            StopContainerOptions { t: Some(GRACE_SECONDS), ..StopContainerOptions::default() };
        let stopped = self.docker.stop_container(container, Some(options)).await;
        self.done_or_gone(stopped, || format!("stop the container {container}"))
    }

    /// Removes a container, whatever it does.
    pub(super) async fn remove(&self, container: &str) -> Result<(), LaunchError> {
        let options = RemoveContainerOptions { force: true, ..RemoveContainerOptions::default() };
        let removed = self.docker.remove_container(container, Some(options)).await;
        self.done_or_gone(removed, || format!("remove the container {container}"))
    }

    pub(super) async fn remove_volume(&self, volume: &str) -> Result<(), LaunchError> {
        let removed = self.docker.remove_volume(volume, None::<RemoveVolumeOptions>).await;
        self.done_or_gone(removed, || format!("remove the volume {volume}"))
    }

    async fn inspect(
        &self,
        container: &str,
    ) -> Result<Option<ContainerInspectResponse>, LaunchError> {
        match self.docker.inspect_container(container, None::<InspectContainerOptions>).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_status(&error, 404) => Ok(None),
            Err(error) => Err(self.refused(format!("look at the container {container}"), error)),
        }
    }

    /// That something is gone already, or done already (304), is as good.
    fn done_or_gone(
        &self,
        answer: Result<(), Error>,
        doing: impl FnOnce() -> String,
    ) -> Result<(), LaunchError> {
        match answer {
            Err(error) if !is_status(&error, 404) && !is_status(&error, 304) => {
                Err(self.refused(doing(), error))
            }
            _ => Ok(()),
        }
    }

    fn refused(&self, doing: String, error: Error) -> LaunchError {
        match error {
            Error::DockerResponseServerError { message, .. } => {
                LaunchError::Docker { doing, reason: message }
            }
            error => missing(&self.socket, &error),
        }
    }
}

fn missing(socket: &Path, error: &Error) -> LaunchError {
    // The sentence is in the innermost cause; around it are names of libraries.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    LaunchError::DockerMissing { socket: socket.to_owned(), reason: cause.to_string() }
}

fn is_status(error: &Error, status: u16) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code, .. } if *status_code == status)
}
