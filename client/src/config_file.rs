//! What a user has written down once instead of on every command line.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::endpoint::{Endpoint, EndpointError};

/// `~/.config/ringway/config.toml`, or what stands for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    /// Where to ask.
    pub(crate) url: Option<Endpoint>,
    /// The file with those who are believed; a relative path starts from the config file.
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    url: Option<String>,
    ca_file: Option<PathBuf>,
}

/// Why the user's file can't be used. Nothing was asked of anybody.
#[derive(Debug, Error)]
pub enum ConfigFileError {
    /// It is there, and the system doesn't give it.
    #[error("{path} can't be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's word.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{path} is not understood: {what}")]
    Senseless {
        /// The file.
        path: String,
        /// What is wrong, and where.
        what: String,
    },
    /// It names no endpoint.
    #[error("the url in {path} makes no sense: {source}")]
    Url {
        /// The file.
        path: String,
        /// What it should be.
        source: EndpointError,
    },
}

impl ConfigFile {
    /// The user's; empty where there is none.
    pub(crate) fn of_user() -> Result<Self, ConfigFileError> {
        Self::path_of_user().map_or(Ok(Self::default()), |path| Self::read(&path))
    }

    /// Where the user's would be, by the XDG base directory specification.
    pub(crate) fn path_of_user() -> Option<PathBuf> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || set("HOME").map(|home| home.join(".config"));
        // A relative one is to be ignored, says the specification.
        let directory = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(home)?;
        Some(directory.join("ringway").join("config.toml"))
    }

    fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let named = || path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(ConfigFileError::Unreadable { path: named(), source }),
        };
        let fields: Fields = toml::from_str(&text).map_err(|error| {
            let what = error.to_string().trim_end().to_owned();
            ConfigFileError::Senseless { path: named(), what }
        })?;
        let url = fields.url.map(|url| url.parse()).transpose();
        let url = url.map_err(|source| ConfigFileError::Url { path: named(), source })?;
        let ca_file = fields.ca_file.map(|file| path.with_file_name("").join(file));
        Ok(Self { url, ca_file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfigFile, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, text).unwrap();
        ConfigFile::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn it_names_an_endpoint_and_whom_to_believe_or_nothing() {
        let url = Some("http://edge:8000".parse().unwrap());
        let expected = ConfigFile { url, ca_file: None };
        assert_eq!(read("# mine\nurl = \"http://edge:8000\"\n"), Ok(expected));
        let absolute = read("ca_file = \"/etc/ca.pem\"").unwrap().ca_file;
        assert_eq!(absolute.as_deref(), Some(Path::new("/etc/ca.pem")));
        let beside = read("ca_file = \"ca.pem\"").unwrap().ca_file.unwrap();
        assert!(beside.is_absolute() && beside.ends_with("ca.pem"), "{beside:?}");
        assert_eq!(read(""), Ok(ConfigFile::default()));
        let missing = ConfigFile::read(Path::new("/nowhere/config.toml")).unwrap();
        assert_eq!(missing, ConfigFile::default());
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (text, named) in [
            ("url = \"edge\"", "http://HOST:PORT"),
            ("url = 7", "string"),
            ("ulr = \"http://edge\"", "ulr"),
            ("url: http://edge", "config.toml is not understood"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
