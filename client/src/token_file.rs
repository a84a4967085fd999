//! The tokens of a user, on this machine.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use ringway_auth::open_to_others;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::client_error::ClientError;
use crate::config_file::ConfigFile;
use crate::endpoint::Endpoint;

/// A token, and when it ends, in seconds since 1970.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredToken {
    pub(crate) token: String,
    pub(crate) expires_at: u64,
}

/// Nothing that lets somebody in.
impl std::fmt::Debug for StoredToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "StoredToken(until {})", self.expires_at)
    }
}

/// `tokens.json` beside the config file: a token for each endpoint. Its owner's alone.
#[derive(Clone, Debug)]
pub(crate) struct TokenFile {
    path: PathBuf,
}

type Tokens = BTreeMap<String, StoredToken>;

impl TokenFile {
    /// The user's; nothing where there is no place for one.
    pub(crate) fn of_user() -> Option<Self> {
        let path = ConfigFile::path_of_user()?.with_file_name("tokens.json");
        Some(Self { path })
    }

    /// The token for `endpoint`, if there is one.
    pub(crate) fn token(&self, endpoint: &Endpoint) -> Result<Option<StoredToken>, ClientError> {
        Ok(self.read()?.remove(endpoint.as_str()))
    }

    /// Keeps `token` for `endpoint`.
    pub(crate) fn keep(&self, endpoint: &Endpoint, token: StoredToken) -> Result<(), ClientError> {
        let mut tokens = self.read()?;
        tokens.insert(endpoint.as_str().to_owned(), token);
        self.replace(&tokens).map_err(|error| ClientError::file(self.doing(), error))
    }

    fn read(&self) -> Result<Tokens, ClientError> {
        let text = match self.text() {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Tokens::new()),
            Err(error) => return Err(ClientError::file(self.doing(), error)),
        };
        let senseless = |error: serde_json::Error| ClientError::file(self.doing(), error.into());
        serde_json::from_str(&text).map_err(senseless)
    }

    fn text(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        if let Some(mode) = open_to_others(&file)? {
            let why = format!("it is open to others (mode {mode:03o}): chmod 600 it");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(text)
    }

    fn replace(&self, tokens: &Tokens) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        // Mode 600 from the beginning, and there whole or as it was.
        let mut file = NamedTempFile::new_in(directory)?;
        file.write_all(&serde_json::to_vec(tokens)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    fn doing(&self) -> String {
        format!("the tokens in {}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn token(text: &str) -> StoredToken {
        StoredToken { token: text.to_owned(), expires_at: 7 }
    }

    #[test]
    fn each_endpoint_has_a_token_and_nobody_else_reads_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = TokenFile { path: directory.path().join("ringway").join("tokens.json") };
        let (edge, node) = ("http://edge".parse().unwrap(), "http://n1:8080".parse().unwrap());
        assert_eq!(file.token(&edge).unwrap(), None);
        file.keep(&edge, token("a")).unwrap();
        file.keep(&node, token("b")).unwrap();
        file.keep(&edge, token("c")).unwrap();
        assert_eq!(file.token(&edge).unwrap(), Some(token("c")));
        assert_eq!(file.token(&node).unwrap(), Some(token("b")));
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.path.clone()), 0o600);
        assert_eq!(mode(directory.path().join("ringway")), 0o700);
        assert!(!format!("{:?}", token("secret")).contains("secret"));

        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = file.token(&edge).unwrap_err().to_string();
        assert!(refused.contains("chmod 600") && refused.contains("tokens.json"), "{refused}");
        assert!(file.keep(&edge, token("d")).is_err());
    }
}
