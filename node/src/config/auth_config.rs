//! Whether clients need a token, and who is the first to have one.

use std::net::IpAddr;
use std::path::Path;

use ringway_auth::{Password, read_password_file};

use super::ConfigError;
use crate::auth_mode::AuthMode;

/// Whether clients need a token.
#[derive(Clone, Debug)]
pub enum AuthConfig {
    /// Nobody said so: they don't, as long as the cluster has no users.
    Unsaid,
    /// Whoever reaches the node may do everything.
    Off,
    /// They need one.
    Required {
        /// That of the first user, where the cluster has none yet.
        admin_password: Option<Password>,
    },
}

impl AuthConfig {
    /// What is said to a node that listens on `host`.
    pub(super) fn read(
        host: IpAddr,
        mode: Option<AuthMode>,
        password_file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        match mode {
            Some(AuthMode::Required) => {
                let admin_password = password_file.map(read_password_file).transpose()?;
                Ok(Self::Required { admin_password })
            }
            _ if password_file.is_some() => Err(ConfigError::PasswordWithoutAuth),
            Some(AuthMode::Off) => Ok(Self::Off),
            None if host.is_loopback() => Ok(Self::Unsaid),
            None => Err(ConfigError::AuthUnsaid { host }),
        }
    }

    /// Whether clients need a token.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        matches!(self, Self::Required { .. })
    }
}
