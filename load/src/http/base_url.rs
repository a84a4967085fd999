//! Where the load goes.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Where the load goes: `http://host[:port][/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Without brackets, if it is an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the `Host` header says.
    pub(crate) authority: String,
    /// Before every path, without a slash at its end.
    pub(crate) path: String,
}

/// No such URL.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum BadUrl {
    /// With TLS the tester would measure its own cryptography.
    #[error("{0:?}: https is not supported, put the load on the port behind TLS")]
    Https(String),
    /// Anything else.
    #[error("{0:?} is no URL like http://127.0.0.1:8000")]
    Malformed(String),
}

impl BaseUrl {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://").unwrap_or(text);
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let fits = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let foreign = |byte: &u8| b"@?#".contains(byte);
        if rest.contains("://") || !fits(rest) || rest.as_bytes().iter().any(foreign) {
            return None;
        }
        let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bracketed {
            Some((host, port)) => (host, port),
            None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if port.is_empty() => 80,
            None => return None,
        };
        (!host.is_empty()).then(|| Self {
            host: host.to_owned(),
            port,
            authority: authority.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

impl FromStr for BaseUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.starts_with("https://") {
            return Err(BadUrl::Https(text.to_owned()));
        }
        Self::parse(text).ok_or_else(|| BadUrl::Malformed(text.to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_port_and_path_are_told_apart() {
        let parts = |text: &str| {
            let url: BaseUrl = text.parse().unwrap();
            (url.host.clone(), url.port, url.authority.clone(), url.path.clone())
        };
        let own = |host: &str, port, authority: &str, path: &str| {
            (host.to_owned(), port, authority.to_owned(), path.to_owned())
        };
        assert_eq!(parts("http://a:81/"), own("a", 81, "a:81", ""));
        assert_eq!(parts("http://a/b/c/"), own("a", 80, "a", "/b/c"));
        assert_eq!(parts("localhost:9"), own("localhost", 9, "localhost:9", ""));
        assert_eq!(parts("http://[::1]:9"), own("::1", 9, "[::1]:9", ""));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for bad in ["", "http://", "http://a:x", "http://a:70000", "ftp://a", "http://u@a", "a b"] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(BadUrl::Malformed(bad.to_owned())));
        }
        assert!(matches!("https://a".parse::<BaseUrl>(), Err(BadUrl::Https(_))));
    }
}
