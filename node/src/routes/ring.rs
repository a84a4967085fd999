//! The routes that tell of the ring.

use std::sync::Arc;

use http::Method;
use warp::Filter;
use warp::reject::Rejection;

use super::keyed::incoming_body;
use super::plain::read_only;
use super::{
    Route, answer, answer_body, first_of, method_of, optional_header, raw_target, wrong_method,
};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;
use crate::raw_target::RawTarget;

/// All of them.
pub(super) fn all(node: &Arc<Node>) -> Route {
    first_of([
        discovery(node),
        change(node),
        cancel(node),
        plan(node),
        leave(node),
        settings(node),
        status(node),
        ring(node),
        explain(node),
        map_request(node),
        rep(node),
    ])
}

/// What the admin listener has of them: what edges follow.
pub(super) fn followed(node: &Arc<Node>) -> Route {
    first_of([discovery(node), ring(node)])
}

/// `GET | HEAD /ring?after=EPOCH&wait=SECONDS`
fn ring(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Ring, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD])
        .and(raw_target())
        .and(optional_header("if-none-match"))
        .then(move |asked, target: RawTarget, if_none_match: Option<String>| {
            answer(Arc::clone(&node), RouteName::Ring, asked, |node| {
                handlers::ring(node, target, if_none_match)
            })
        });
    warp::path("ring").and(get.or(wrong).unify()).boxed()
}

/// `POST /ring/change`
fn change(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingChange, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::RingChange, asked, body, |node, body| {
            handlers::change_ring(node, body)
        })
    });
    below_ring("change").and(post.or(wrong).unify()).boxed()
}

/// `POST /ring/cancel`
fn cancel(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingCancel, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).then(move |asked| {
        answer(Arc::clone(&node), RouteName::RingCancel, asked, handlers::cancel_change)
    });
    below_ring("cancel").and(post.or(wrong).unify()).boxed()
}

/// `POST /ring/plan`
fn plan(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingPlan, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::RingPlan, asked, body, |node, body| {
            handlers::plan_ring(node, body)
        })
    });
    below_ring("plan").and(post.or(wrong).unify()).boxed()
}

/// `POST /ring/leave`
fn leave(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingLeave, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::RingLeave, asked, body, |node, body| {
            handlers::leave(node, body)
        })
    });
    below_ring("leave").and(post.or(wrong).unify()).boxed()
}

/// `GET | HEAD | POST /ring/settings`
fn settings(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingSettings, "GET, HEAD, POST");
    let (telling, told) = (Arc::clone(node), Arc::clone(node));
    let get = method_of(&[Method::GET, Method::HEAD]).then(move |asked| {
        answer(Arc::clone(&telling), RouteName::RingSettings, asked, |node| {
            std::future::ready(Ok(handlers::settings(&node)))
        })
    });
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&told), RouteName::RingSettings, asked, body, |node, body| {
            handlers::set_settings(node, body)
        })
    });
    below_ring("settings").and(get.or(post).unify().or(wrong).unify()).boxed()
}

/// `GET | HEAD /ring/status`
fn status(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RingStatus, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD]).then(move |asked| {
        answer(Arc::clone(&node), RouteName::RingStatus, asked, handlers::ring_status)
    });
    below_ring("status").and(get.or(wrong).unify()).boxed()
}

/// The path `/ring/{name}`.
fn below_ring(name: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::path("ring").and(warp::path(name)).and(warp::path::end())
}

/// `POST /v3/discovery:endpoints`
fn discovery(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Discovery, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::Discovery, asked, body, |node, body| {
            handlers::discovery(node, body)
        })
    });
    warp::path("v3")
        .and(warp::path("discovery:endpoints"))
        .and(warp::path::end())
        .and(post.or(wrong).unify())
        .boxed()
}

/// `GET | HEAD /explain/{key}`
fn explain(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::Explain, "explain", handlers::explain)
}

/// `GET | HEAD /map_request?id=`
fn map_request(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::MapRequest, "map_request", handlers::map_request)
}

/// `GET | HEAD /rep`
fn rep(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::Rep, "rep", handlers::rep)
}
