//! What a request brings along to be let in.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::uri::PathAndQuery;
use http::{HeaderName, Request};
use ringway_auth::Scope;
use ringway_ring::{Key, RequestTarget, query_parameter};

use super::NamedServer;
use crate::metrics::RouteName;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What a request brings along to be let in.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// `Authorization`, where there is exactly one and it is text.
    authorization: Option<String>,
    target: Option<PathAndQuery>,
    /// Whom the edge says it comes from, or else who connected. Whoever reaches a node past the
    /// edge can say anything: it serves logs, and one of two limits on logins.
    pub(crate) from: IpAddr,
}

impl Credentials {
    /// Those of `request`, which `peer` has sent.
    pub(crate) fn of<B>(request: &Request<B>, peer: IpAddr) -> Arc<Self> {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        // An edge appends whom it hears; what stands before came with the request.
        let forwarded = text(FORWARDED_FOR).and_then(|list| list.rsplit(',').next());
        // An edge may have looked at another one of several: who sends more than one sends none.
        let is_alone = headers.get_all(AUTHORIZATION).iter().nth(1).is_none();
        Arc::new(Self {
            authorization: text(AUTHORIZATION).filter(|_| is_alone).map(str::to_owned),
            target: request.uri().path_and_query().cloned(),
            from: forwarded.and_then(|last| last.trim().parse().ok()).unwrap_or(peer),
        })
    }

    /// The token (RFC 6750 §2.1).
    pub(crate) fn token(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The target, as log lines show it: without the query, in which values may stand.
    pub(crate) fn path(&self) -> &str {
        self.target.as_ref().map_or("", PathAndQuery::path)
    }

    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        self.target.as_ref().map_or("", PathAndQuery::as_str)
    }

    /// Which server the query names, where `route` is about one, as far as it can be one's name or
    /// port: nothing else of a query is noted.
    pub(crate) fn named_server(&self, route: RouteName) -> NamedServer {
        if !matches!(route, RouteName::AddServer | RouteName::RemoveServer | RouteName::Shutdown) {
            return NamedServer::default();
        }
        let query = self.target.as_ref().and_then(PathAndQuery::query).unwrap_or_default();
        let parameter = |name| {
            let value = query_parameter(query.as_bytes(), name)?.ok()?.into_owned();
            String::from_utf8(value).ok()
        };
        NamedServer {
            hostname: parameter("hostname").and_then(|name| name.parse().ok()),
            port: parameter("port").and_then(|port| port.parse().ok()),
        }
    }

    /// Which keys the request is about, read as its handler reads it. A target that can't be
    /// read is about none: its handler refuses it.
    pub(crate) fn scope(&self, route: RouteName) -> RequestScope<'_> {
        match RequestTarget::parse(self.target().as_bytes()) {
            Ok(RequestTarget::Key(key)) => RequestScope::Key(key),
            Ok(RequestTarget::Unkeyed) if route == RouteName::Kv => {
                let query = self.target.as_ref().and_then(PathAndQuery::query);
                let prefix = query_parameter(query.unwrap_or_default().as_bytes(), "prefix");
                let prefix = prefix.and_then(Result::ok).unwrap_or_default().into_owned();
                RequestScope::Prefix(String::from_utf8(prefix).unwrap_or_default())
            }
            Ok(RequestTarget::MapRequest(_) | RequestTarget::Unkeyed) | Err(_) => {
                RequestScope::Nothing
            }
        }
    }
}

/// Which keys a request is about.
pub(crate) enum RequestScope<'c> {
    /// None.
    Nothing,
    /// This one.
    Key(Key<'c>),
    /// Those that begin so.
    Prefix(String),
}

impl RequestScope<'_> {
    /// The same, borrowed.
    pub(crate) fn as_scope(&self) -> Scope<'_> {
        match self {
            Self::Nothing => Scope::Nothing,
            Self::Key(key) => Scope::Key(key.as_str()),
            Self::Prefix(prefix) => Scope::Prefix(prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(headers: &[(&str, &str)], target: &str) -> Arc<Credentials> {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Credentials::of(&request.body(()).unwrap(), [10, 0, 0, 1].into())
    }

    #[test]
    fn a_token_is_what_follows_bearer() {
        let token = |header: &str| {
            let it = credentials(&[("authorization", header)], "/");
            it.token().map(str::to_owned)
        };
        assert_eq!(token("Bearer a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(token("bearer  a.b.c").as_deref(), Some("a.b.c"));
        for other in ["a.b.c", "Basic a.b.c", "Bearer", ""] {
            assert_eq!(token(other), None, "{other}");
        }
        assert_eq!(credentials(&[], "/").token(), None);
        let twice = [("authorization", "Bearer a.b.c"), ("authorization", "Bearer a.b.c")];
        assert_eq!(credentials(&twice, "/").token(), None);
    }

    #[test]
    fn who_asks_is_whom_the_edge_heard() {
        let from = |list: &[(&str, &str)]| credentials(list, "/").from.to_string();
        assert_eq!(from(&[]), "10.0.0.1");
        assert_eq!(from(&[("x-forwarded-for", "1.2.3.4")]), "1.2.3.4");
        assert_eq!(from(&[("x-forwarded-for", "6.6.6.6, 2001:db8::1")]), "2001:db8::1");
        assert_eq!(from(&[("x-forwarded-for", "1.2.3.4, nobody")]), "10.0.0.1");
    }

    #[test]
    fn a_request_is_about_the_key_that_its_handler_reads() {
        use RouteName::{Del, Explain, Get, Kv, MapRequest, Ring};
        for (route, target, expected) in [
            (Kv, "/kv/a%2Fb", Scope::Key("a/b")),
            (Kv, "/kv/a/../b", Scope::Key("a/../b")),
            (Kv, "/kv?prefix=a%2F&limit=2", Scope::Prefix("a/")),
            (Kv, "/kv?prefix=%ff", Scope::Prefix("")),
            (Kv, "/kv", Scope::Prefix("")),
            (Get, "/get?key=a+b&key=c", Scope::Key("a b")),
            (Del, "/del?x=1&key=k", Scope::Key("k")),
            (Explain, "/explain/k", Scope::Key("k")),
            (MapRequest, "/map_request?id=7", Scope::Nothing),
            (Ring, "/ring?prefix=a", Scope::Nothing),
            (Kv, "/kv/%zz", Scope::Nothing),
        ] {
            let it = credentials(&[], target);
            assert_eq!(it.scope(route).as_scope(), expected, "{target}");
        }
    }
}
