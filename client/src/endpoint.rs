//! Where a node, or the edge, answers.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

use crate::config_file::{ConfigFile, ConfigFileError};
use crate::trust::Trust;

/// Where a node listens unless it is told otherwise.
const DEFAULT: &str = "http://127.0.0.1:8080";

/// Where a node, or the edge, answers clients: `http://HOST:PORT`, or `https` instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// It is neither `http://HOST:PORT` nor `https://HOST:PORT`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it must be http://HOST:PORT or https://HOST:PORT")]
pub struct EndpointError;

impl Endpoint {
    /// It, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether who answers there has to prove who it is.
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let uri: Uri = text.parse().map_err(|_| EndpointError)?;
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        match (uri.scheme_str(), uri.authority()) {
            (Some(scheme @ ("http" | "https")), Some(authority)) if is_bare => {
                Ok(Self(format!("{scheme}://{authority}")))
            }
            _ => Err(EndpointError),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where to ask, and whether that is who it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Where.
    pub endpoint: Endpoint,
    /// Whose certificates are believed there.
    pub trust: Trust,
}

/// The flags, and what else says where to ask.
#[derive(Clone, Debug, clap::Args)]
pub struct EndpointArgs {
    /// Where any node of the cluster, or the edge, answers clients. Without it: `url` in
    /// ~/.config/ringway/config.toml, else <http://127.0.0.1:8080>.
    #[arg(long, env = "RINGWAY_URL", value_name = "URL", global = true)]
    url: Option<Endpoint>,

    /// The certificates of the authorities, in PEM, that alone are believed of an https URL. Without
    /// it: `ca_file` in the same file, else those that the system trusts.
    #[arg(long, env = "RINGWAY_CA_FILE", value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,
}

impl EndpointArgs {
    /// What the flags or the environment say, else the config file, else where a node listens
    /// on this machine.
    ///
    /// # Errors
    /// When the config file is there and can't be read, or makes no sense.
    pub fn reach(&self) -> Result<Reach, ConfigFileError> {
        let (mut endpoint, mut ca_file) = (self.url.clone(), self.ca_file.clone());
        if endpoint.is_none() || ca_file.is_none() {
            let configured = ConfigFile::of_user()?;
            endpoint = endpoint.or(configured.url);
            ca_file = ca_file.or(configured.ca_file);
        }
        Ok(Reach {
            endpoint: endpoint.unwrap_or_else(|| Endpoint(DEFAULT.to_owned())),
            trust: ca_file.map_or(Trust::System, Trust::File),
        })
    }
}

/// What to tell a person where no connection came to be, because of `why`.
#[must_use]
pub(crate) fn nothing_answers(url: &str, why: &str) -> String {
    let file = ConfigFile::path_of_user();
    let file = file.map_or("config.toml".into(), |path| path.display().to_string());
    format!(
        "nothing answers at {url} ({why}): is the stack up? `cargo xtask up` starts one at \
         http://127.0.0.1:8000, `docker compose up` one at http://127.0.0.1; where yours is, \
         --url, RINGWAY_URL or `url` in {file} says"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_no_more() {
        for (text, read) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://edge/", "http://edge"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("https://edge:8443/", "https://edge:8443"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().as_str(), read);
        }
        for text in ["", "10.0.0.1:8080", "ftp://n1", "https://n1/ring", "http://n1?a", "/"] {
            assert_eq!(text.parse::<Endpoint>(), Err(EndpointError), "{text:?}");
        }
    }
}
