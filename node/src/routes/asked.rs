//! Who asks for what.

use std::convert::Infallible;
use std::sync::Arc;

use http::Method;
use warp::Filter;

use crate::access::{Asker, Credentials};
use crate::metrics::MethodName;

/// A request's method, and whom it comes from where that matters.
pub(crate) struct Asked {
    pub(crate) method: MethodName,
    pub(crate) asker: Option<Asker>,
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

/// Both, of any request. With nobody beside the requests this costs next to nothing.
pub(super) fn asked() -> impl Filter<Extract = (Method, Asked), Error = Infallible> + Copy {
    warp::method()
        .and(warp::ext::optional())
        .map(|method: Method, asker| {
            let asked = Asked { method: MethodName::of(&method), asker };
            (method, asked)
        })
        .untuple_one()
}
