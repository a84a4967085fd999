//! Who asks for what.

use std::convert::Infallible;
use std::sync::Arc;

use http::Method;
use warp::Filter;

use crate::access::Credentials;
use crate::metrics::MethodName;

/// A request's method, and what it brings along to be let in where that is asked for.
pub(crate) struct Asked {
    pub(crate) method: MethodName,
    pub(crate) credentials: Option<Arc<Credentials>>,
}

/// Both, of any request. Without credentials beside the requests this costs next to nothing.
pub(super) fn asked() -> impl Filter<Extract = (Method, Asked), Error = Infallible> + Copy {
    warp::method()
        .and(warp::ext::optional())
        .map(|method: Method, credentials| {
            let asked = Asked { method: MethodName::of(&method), credentials };
            (method, asked)
        })
        .untuple_one()
}
