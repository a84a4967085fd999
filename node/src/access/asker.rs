//! Who a request comes from.

use std::net::IpAddr;
use std::sync::Arc;

use http::Request;

use super::Credentials;

/// Who a request comes from, put beside it before the routes see it.
#[derive(Clone, Debug)]
pub(crate) enum Asker {
    /// Somebody at the client listener, who brings this along.
    Client(Arc<Credentials>),
    /// Somebody at the admin listener, where nobody needs a token.
    Operator,
}

/// What is asked of those who connect to a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nothing, since nodes with `--auth off` ask nobody.
    Open,
    /// What they bring along to be let in.
    Guarded,
    /// Nothing: it is the admin listener, whose few routes are for whoever reaches it.
    Operators,
}

impl Door {
    /// Who has sent `request` from `peer`, where somebody will want to know.
    pub(crate) fn asker<B>(self, request: &Request<B>, peer: IpAddr) -> Option<Asker> {
        match self {
            Self::Open => None,
            Self::Guarded => Some(Asker::Client(Credentials::of(request, peer))),
            Self::Operators => Some(Asker::Operator),
        }
    }
}
