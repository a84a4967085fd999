//! The routes by which servers come and go.

use std::sync::Arc;

use http::Method;
use warp::Filter;
use warp::reject::Rejection;

use super::keyed::incoming_body;
use super::{Route, answer, answer_body, first_of, method_of, raw_target, wrong_method};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;
use crate::raw_target::RawTarget;

/// All of them.
pub(super) fn all(node: &Arc<Node>) -> Route {
    first_of([add(node), rm(node), add_server(node), remove_server(node), shutdown(node)])
}

/// `POST /add`
fn add(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Add, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::Add, asked, body, |node, body| {
            handlers::add_servers(node, body)
        })
    });
    only("add").and(post.or(wrong).unify()).boxed()
}

/// `DELETE /rm`
fn rm(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Rm, "DELETE");
    let node = Arc::clone(node);
    let delete = method_of(&[Method::DELETE]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::Rm, asked, body, |node, body| {
            handlers::remove_servers(node, body)
        })
    });
    only("rm").and(delete.or(wrong).unify()).boxed()
}

/// `POST /add_server?hostname=`
fn add_server(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::AddServer, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(raw_target()).and(incoming_body()).then(
        move |asked, target: RawTarget, body| {
            answer_body(Arc::clone(&node), RouteName::AddServer, asked, body, |node, body| {
                handlers::add_server(node, target, body)
            })
        },
    );
    only("add_server").and(post.or(wrong).unify()).boxed()
}

/// `POST /remove_server?hostname=`, `POST /remove_server?port=`
fn remove_server(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::RemoveServer, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(raw_target()).and(incoming_body()).then(
        move |asked, target: RawTarget, body| {
            answer_body(Arc::clone(&node), RouteName::RemoveServer, asked, body, |node, body| {
                handlers::remove_server(node, target, body)
            })
        },
    );
    only("remove_server").and(post.or(wrong).unify()).boxed()
}

/// `GET | POST /shutdown?port=`, `GET | POST /shutdown?hostname=`
fn shutdown(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Shutdown, "GET, POST");
    let node = Arc::clone(node);
    let either = method_of(&[Method::GET, Method::POST]).and(raw_target()).then(
        move |asked, target: RawTarget| {
            answer(Arc::clone(&node), RouteName::Shutdown, asked, |node| {
                handlers::shut_down(node, target)
            })
        },
    );
    only("shutdown").and(either.or(wrong).unify()).boxed()
}

/// The path `/{name}`, and nothing below it.
fn only(name: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Copy {
    warp::path(name).and(warp::path::end())
}
