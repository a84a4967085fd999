//! The routes that tell of the node itself.

use std::sync::Arc;

use http::Method;
use warp::Filter;

use super::{Answer, Route, answer, first_of, method_of, raw_target, wrong_method};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;
use crate::raw_target::RawTarget;

/// All of them.
pub(super) fn all(node: &Arc<Node>) -> Route {
    first_of([heartbeat(node), home(node), metrics(node)])
}

/// What the admin listener has of them.
pub(super) fn watched(node: &Arc<Node>) -> Route {
    first_of([heartbeat(node), metrics(node)])
}

/// `GET | HEAD /heartbeat`
fn heartbeat(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::Heartbeat, "heartbeat", handlers::heartbeat)
}

/// `GET | HEAD /home`
fn home(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::Home, "home", handlers::home)
}

/// `GET | HEAD /metrics`
fn metrics(node: &Arc<Node>) -> Route {
    read_only(node, RouteName::Metrics, "metrics", handlers::metrics)
}

/// A path that is only read, and whose answer waits for nothing.
pub(super) fn read_only(
    node: &Arc<Node>,
    route: RouteName,
    first_segment: &'static str,
    handler: fn(&Node, &RawTarget) -> Answer,
) -> Route {
    let wrong = wrong_method(node, route, "GET, HEAD");
    let node = Arc::clone(node);
    let get = method_of(&[Method::GET, Method::HEAD]).and(raw_target()).then(
        move |asked, target: RawTarget| {
            answer(Arc::clone(&node), route, asked, move |node| {
                std::future::ready(handler(&node, &target))
            })
        },
    );
    warp::path(first_segment).and(get.or(wrong).unify()).boxed()
}
