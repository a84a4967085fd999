//! By which view a request was routed.

use std::convert::Infallible;
use std::future::ready;

use http::HeaderValue;
use ringway_ring::{Epoch, RouteHeader};
use warp::{Filter, Rejection};

/// The epoch of the edge's view, where the edge says it.
pub(super) fn routed_by() -> impl Filter<Extract = (Option<Epoch>,), Error = Infallible> + Copy {
    warp::header::value(RouteHeader::NAME)
        .map(|value: HeaderValue| RouteHeader::epoch(value.as_bytes()))
        .or_else(|_: Rejection| ready(Ok((None,))))
}
