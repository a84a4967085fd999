//! A request of which method and target matter, and nothing else.

use std::fmt;

/// How a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Get,
    Head,
    Put,
    Delete,
}

/// A request of which method and target matter, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// As it stands on the wire.
    pub(crate) target: String,
}

impl Ask {
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self { method: Method::Get, target: target.into() }
    }

    /// As it is sent. A write has a condition that no node understands: whichever gets it says
    /// so, and writes nothing.
    pub(super) fn to_http(&self) -> String {
        let headers = match self.method {
            Method::Get | Method::Head => "",
            Method::Put | Method::Delete => "if-match: ?\r\ncontent-length: 0\r\n",
        };
        format!("{self} HTTP/1.1\r\nhost: ringway\r\n{headers}\r\n")
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        write!(out, "{method} {}", self.target)
    }
}
