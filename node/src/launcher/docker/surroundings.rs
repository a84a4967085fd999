//! What a new container is made of and where it goes.

use bollard::models::{ContainerInspectResponse, MountPoint};

use super::super::LaunchError;
use super::DockerConfig;
use super::engine::Engine;

/// Image, network and secret, as told or as the launcher's own container has them. So a
/// launcher in a Compose project needs to be told none of their names.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) image: String,
    pub(super) network: String,
    pub(super) secret_volume: String,
}

impl Surroundings {
    pub(super) async fn find(engine: &Engine, config: &DockerConfig) -> Result<Self, LaunchError> {
        let told = (&config.image, &config.network, &config.secret_volume);
        if let (Some(image), Some(network), Some(secret_volume)) = told {
            let (image, network) = (image.clone(), network.clone());
            return Ok(Self { image, network, secret_volume: secret_volume.clone() });
        }
        let own = engine.own_container().await?;
        let own = own.as_ref();
        let or_own = |told: &Option<String>, of_own: Option<String>, flag| {
            told.clone().or(of_own).ok_or(LaunchError::NotInContainer { flag })
        };
        Ok(Self {
            image: or_own(&config.image, own.and_then(image), "--image")?,
            network: or_own(&config.network, own.and_then(network), "--network")?,
            secret_volume: or_own(
                &config.secret_volume,
                own.and_then(|own| secret_volume(own, config)),
                "--secret-volume",
            )?,
        })
    }
}

fn image(own: &ContainerInspectResponse) -> Option<String> {
    own.config.as_ref()?.image.clone()
}

fn network(own: &ContainerInspectResponse) -> Option<String> {
    own.network_settings.as_ref()?.networks.as_ref()?.keys().min().cloned()
}

fn secret_volume(own: &ContainerInspectResponse, config: &DockerConfig) -> Option<String> {
    let directory = config.secret_file.parent()?.to_str()?;
    let holds_it = |mount: &&MountPoint| mount.destination.as_deref() == Some(directory);
    own.mounts.as_ref()?.iter().find(holds_it)?.name.clone()
}
