//! Where a launcher is.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

/// A launcher's address, as the beginning of a URL: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LauncherUrl(String);

impl LauncherUrl {
    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LauncherUrl {
    type Err = LauncherUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = text.trim_end_matches('/');
        let is_one = |uri: &Uri| {
            uri.scheme_str() == Some("http") && uri.authority().is_some() && uri.path() == "/"
        };
        match url.parse::<Uri>() {
            Ok(uri) if is_one(&uri) && uri.query().is_none() => Ok(Self(url.to_owned())),
            _ => Err(LauncherUrlError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for LauncherUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that says of no launcher where it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not where a launcher can be: write http://HOST:PORT")]
pub struct LauncherUrlError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launcher_is_at_a_host_and_speaks_http() {
        let read = |text: &str| text.parse().map(|url: LauncherUrl| url.to_string());
        for text in ["http://127.0.0.1:8079", "http://launcher", "http://[::1]:8079"] {
            assert_eq!(read(text).as_deref(), Ok(text));
            assert_eq!(read(&format!("{text}/")).as_deref(), Ok(text));
        }
        for text in ["", "launcher:8079", "https://launcher", "http://", "/a", "http://a/b"] {
            assert!(read(text).unwrap_err().to_string().contains("http://HOST:PORT"), "{text}");
        }
        assert!(read("http://a?b").is_err());
    }
}
