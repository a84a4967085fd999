//! The container of a node.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, Mount, MountType,
    NetworkingConfig, RestartPolicy, RestartPolicyNameEnum,
};

use super::super::StartNode;
use super::super::node_environment::node_environment;
use super::surroundings::Surroundings;
use super::token_archive;

/// The label with the name of the network whose launcher made a container.
pub(super) const NETWORK_LABEL: &str = "ringway.network";
/// Where a container has its data.
pub(super) const DATA: &str = "/data";
/// How long a node may take to end, in seconds: it finishes what is in flight and flushes.
pub(super) const GRACE_SECONDS: i32 = 20;

/// A container that a node is to run in.
pub(super) struct ContainerSpec<'a> {
    pub(super) node: &'a StartNode,
    pub(super) address: Ipv4Addr,
    pub(super) client: SocketAddr,
    pub(super) peer: SocketAddr,
    pub(super) at: &'a Surroundings,
    pub(super) secret_file: &'a Path,
    pub(super) url: &'a str,
}

impl ContainerSpec<'_> {
    /// What the container is called. Several clusters may have a node of this name.
    pub(super) fn name(&self) -> String {
        format!("ringway-{}-{}", self.at.network, self.node.id)
    }

    /// What the volume with its data is called.
    pub(super) fn volume(&self) -> String {
        self.name()
    }

    /// As Docker is told it. It may do as little as the nodes in `docker-compose.yml`.
    pub(super) fn body(&self) -> ContainerCreateBody {
        let mut environment = node_environment(self.node, self.client, self.peer, self.url);
        environment.push(("RINGWAY_SECRET_FILE", self.secret_file.display().to_string()));
        if self.node.token.is_some() {
            environment
                .push(("RINGWAY_JOIN_TOKEN_FILE", format!("{DATA}/{}", token_archive::NAME)));
        }
        let environment = environment.into_iter().map(|(name, value)| format!("{name}={value}"));
        let label = (NETWORK_LABEL.to_owned(), self.at.network.clone());
        ContainerCreateBody {
            image: Some(self.at.image.clone()),
            cmd: Some(vec!["node".to_owned()]),
            env: Some(environment.collect()),
            labels: Some([label].into()),
            stop_timeout: Some(GRACE_SECONDS.into()),
            host_config: Some(self.host_config()),
            networking_config: Some(NetworkingConfig {
                endpoints_config: Some([(self.at.network.clone(), self.endpoint())].into()),
            }),
            ..ContainerCreateBody::default()
        }
    }

    fn host_config(&self) -> HostConfig {
        let mut mounts = vec![volume(self.volume(), DATA.to_owned(), false)];
        if let Some(directory) = self.secret_file.parent() {
            let directory = directory.display().to_string();
            mounts.push(volume(self.at.secret_volume.clone(), directory, true));
        }
        HostConfig {
            mounts: Some(mounts),
            network_mode: Some(self.at.network.clone()),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
                maximum_retry_count: None,
            }),
            ..HostConfig::default()
        }
    }

    fn endpoint(&self) -> EndpointSettings {
        EndpointSettings {
            ipam_config: Some(EndpointIpamConfig {
                ipv4_address: Some(self.address.to_string()),
                ..EndpointIpamConfig::default()
            }),
            aliases: Some(vec![self.node.id.to_string()]),
            ..EndpointSettings::default()
        }
    }
}

fn volume(source: String, target: String, read_only: bool) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(source),
        target: Some(target),
        read_only: Some(read_only),
        ..Mount::default()
    }
}
