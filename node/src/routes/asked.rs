//! Who asks for what.

use std::convert::Infallible;
use std::sync::Arc;

use http::Method;
use ringway_ring::Epoch;
use warp::Filter;

use crate::access::{Asker, Credentials};
use crate::metrics::MethodName;

use super::routed_by::routed_by;

/// A request's method, which way it came, and whom it comes from where that matters.
pub(crate) struct Asked {
    pub(crate) method: MethodName,
    pub(crate) asker: Option<Asker>,
    /// By which view an edge has sent it here.
    pub(crate) routed_by: Option<Epoch>,
}

impl Asked {
    /// What a client brings along to be let in, where that is asked for.
    pub(super) fn credentials(&self) -> Option<Arc<Credentials>> {
        match &self.asker {
            Some(Asker::Client(credentials)) => Some(Arc::clone(credentials)),
            Some(Asker::Operator) | None => None,
        }
    }
}

/// All of it, of any request. With nobody beside the requests this costs next to nothing.
pub(super) fn asked() -> impl Filter<Extract = (Method, Asked), Error = Infallible> + Copy {
    warp::method()
        .and(warp::ext::optional())
        .and(routed_by())
        .map(|method: Method, asker, routed_by| {
            let asked = Asked { method: MethodName::of(&method), asker, routed_by };
            (method, asked)
        })
        .untuple_one()
}
