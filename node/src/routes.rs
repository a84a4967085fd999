//! Which URL is answered by which handler.
//!
//! `/kv` comes first, and of it GET: each filter that is tried and doesn't match costs
//! the requests behind it. The rest is boxed, so that a connection's copy of the whole is
//! small. A path is matched before its method, so that a wrong method is a 405.

mod keyed;
mod plain;
mod ring;
mod servers;

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, Method};
use warp::reject::{InvalidHeader, Rejection};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::metrics::{MethodName, RouteName};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;

const EPOCH: HeaderName = HeaderName::from_static("x-ringway-epoch");
const NODE: HeaderName = HeaderName::from_static("x-ringway-node");

/// What a handler comes to.
pub(crate) type Answer = Result<Response, Refusal>;

/// Everything that a node answers on its client listener.
pub fn routes(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + use<> {
    let rest = keyed::get(node)
        .or(keyed::put(node))
        .unify()
        .or(keyed::del(node))
        .unify()
        .or(ring::discovery(node))
        .unify()
        .or(ring::change(node))
        .unify()
        .or(ring::cancel(node))
        .unify()
        .or(ring::plan(node))
        .unify()
        .or(ring::leave(node))
        .unify()
        .or(ring::settings(node))
        .unify()
        .or(ring::status(node))
        .unify()
        .or(ring::ring(node))
        .unify()
        .or(ring::explain(node))
        .unify()
        .or(ring::map_request(node))
        .unify()
        .or(ring::rep(node))
        .unify()
        .or(plain::heartbeat(node))
        .unify()
        .or(plain::home(node))
        .unify()
        .or(plain::metrics(node))
        .unify()
        .or(servers::add(node))
        .unify()
        .or(servers::rm(node))
        .unify()
        .or(servers::add_server(node))
        .unify()
        .or(servers::remove_server(node))
        .unify()
        .or(servers::shutdown(node))
        .unify()
        .boxed();
    let unmatched = unmatched(node).boxed();
    keyed::kv(node).or(rest).unify().or(unmatched).unify()
}

/// What no route took: an unknown path, or a header that can't be read.
fn unmatched(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let node = Arc::clone(node);
    warp::method().and(raw_target()).then(move |method: Method, target: RawTarget| {
        let node = Arc::clone(&node);
        answer(node, RouteName::Unknown, MethodName::of(&method), |_| async move {
            target.check()?;
            Err(Refusal::NoSuchRoute)
        })
    })
}

/// The request's target.
fn raw_target() -> impl Filter<Extract = (RawTarget,), Error = Infallible> + Copy {
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None)).unify();
    warp::path::full().and(query).map(|path, query| RawTarget { path, query })
}

/// The request's method, where it is one of `methods`.
fn method_of(
    methods: &'static [Method],
) -> impl Filter<Extract = (MethodName,), Error = Rejection> + Copy {
    warp::method().and_then(move |method: Method| {
        let found = methods.contains(&method).then(|| MethodName::of(&method));
        std::future::ready(found.ok_or_else(warp::reject::not_found))
    })
}

/// A header as text; nothing where it is missing or no text.
fn optional_header(
    name: &'static str,
) -> impl Filter<Extract = (Option<String>,), Error = Rejection> + Copy {
    warp::header::optional::<String>(name).or_else(|rejection: Rejection| async move {
        match rejection.find::<InvalidHeader>() {
            Some(_) => Ok((None,)),
            None => Err(rejection),
        }
    })
}

/// Answers `method` on a path that takes only `allow`.
fn wrong_method(
    node: &Arc<Node>,
    route: RouteName,
    allow: &'static str,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let node = Arc::clone(node);
    warp::method().then(move |method: Method| {
        let node = Arc::clone(&node);
        answer(node, route, MethodName::of(&method), move |_| {
            std::future::ready(Err(Refusal::MethodNotAllowed { allow }))
        })
    })
}

/// Admits a request, does `work`, and puts on its answer what every answer has.
async fn answer<W, F>(node: Arc<Node>, route: RouteName, method: MethodName, work: W) -> Response
where
    W: FnOnce(Arc<Node>) -> F,
    F: Future<Output = Answer>,
{
    let started = Instant::now();
    let places = if route.waits() { &node.polls } else { &node.requests };
    let answer = match places.try_acquire() {
        Ok(_place) => work(Arc::clone(&node)).await,
        Err(_) => Err(Refusal::Overloaded { what: "too many requests are at work" }),
    };
    let mut response = answer.unwrap_or_else(Reply::into_response);
    let headers = response.headers_mut();
    headers.insert(EPOCH, node.views.present().epoch_header.clone());
    if route.is_keyed() {
        headers.insert(NODE, node.id_header.clone());
    }
    node.http_metrics.answered(route, method, response.status(), started.elapsed());
    response
}

#[cfg(test)]
mod ring_test;
#[cfg(test)]
mod routes_test;
#[cfg(test)]
mod servers_test;
