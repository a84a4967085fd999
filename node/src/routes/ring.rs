//! The routes that tell of the ring.

use std::sync::Arc;

use http::Method;
use warp::Filter;
use warp::reject::Rejection;
use warp::reply::Response;

use super::keyed::incoming_body;
use super::plain::read_only;
use super::{answer, method_of, optional_header, raw_target, wrong_method};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;
use crate::raw_target::RawTarget;

/// `GET | HEAD /ring?after=EPOCH&wait=SECONDS`
pub(super) fn ring(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::Ring, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD])
        .and(raw_target())
        .and(optional_header("if-none-match"))
        .then(move |method, target: RawTarget, if_none_match: Option<String>| {
            answer(Arc::clone(&node), RouteName::Ring, method, |node| {
                handlers::ring(node, target, if_none_match)
            })
        });
    warp::path("ring").and(get.or(wrong).unify())
}

/// `POST /ring/change`
pub(super) fn change(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingChange, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |method, body| {
        answer(Arc::clone(&node), RouteName::RingChange, method, |node| {
            handlers::change_ring(node, body)
        })
    });
    below_ring("change").and(post.or(wrong).unify())
}

/// `POST /ring/cancel`
pub(super) fn cancel(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingCancel, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).then(move |method| {
        answer(Arc::clone(&node), RouteName::RingCancel, method, handlers::cancel_change)
    });
    below_ring("cancel").and(post.or(wrong).unify())
}

/// `POST /ring/plan`
pub(super) fn plan(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingPlan, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |method, body| {
        answer(Arc::clone(&node), RouteName::RingPlan, method, |node| {
            handlers::plan_ring(node, body)
        })
    });
    below_ring("plan").and(post.or(wrong).unify())
}

/// `POST /ring/leave`
pub(super) fn leave(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingLeave, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |method, body| {
        answer(Arc::clone(&node), RouteName::RingLeave, method, |node| handlers::leave(node, body))
    });
    below_ring("leave").and(post.or(wrong).unify())
}

/// `GET | HEAD | POST /ring/settings`
pub(super) fn settings(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingSettings, "GET, HEAD, POST");
    let (asked, told) = (Arc::clone(node), Arc::clone(node));
    let get = method_of(&[Method::GET, Method::HEAD]).then(move |method| {
        answer(Arc::clone(&asked), RouteName::RingSettings, method, |node| {
            std::future::ready(Ok(handlers::settings(&node)))
        })
    });
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |method, body| {
        answer(Arc::clone(&told), RouteName::RingSettings, method, |node| {
            handlers::set_settings(node, body)
        })
    });
    below_ring("settings").and(get.or(post).unify().or(wrong).unify())
}

/// `GET | HEAD /ring/status`
pub(super) fn status(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::RingStatus, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD]).then(move |method| {
        answer(Arc::clone(&node), RouteName::RingStatus, method, handlers::ring_status)
    });
    below_ring("status").and(get.or(wrong).unify())
}

/// The path `/ring/{name}`.
fn below_ring(name: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::path("ring").and(warp::path(name)).and(warp::path::end())
}

/// `POST /v3/discovery:endpoints`
pub(super) fn discovery(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let wrong = wrong_method(node, RouteName::Discovery, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |method, body| {
        answer(Arc::clone(&node), RouteName::Discovery, method, |node| {
            handlers::discovery(node, body)
        })
    });
    warp::path("v3")
        .and(warp::path("discovery:endpoints"))
        .and(warp::path::end())
        .and(post.or(wrong).unify())
}

/// `GET | HEAD /explain/{key}`
pub(super) fn explain(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    read_only(node, RouteName::Explain, "explain", handlers::explain)
}

/// `GET | HEAD /map_request?id=`
pub(super) fn map_request(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    read_only(node, RouteName::MapRequest, "map_request", handlers::map_request)
}

/// `GET | HEAD /rep`
pub(super) fn rep(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    read_only(node, RouteName::Rep, "rep", handlers::rep)
}
