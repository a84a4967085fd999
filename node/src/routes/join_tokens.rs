//! The route by which nodes are let in.

use std::sync::Arc;

use http::Method;
use warp::Filter;

use super::keyed::incoming_body;
use super::{Route, answer_body, method_of, wrong_method};
use crate::handlers;
use crate::metrics::RouteName;
use crate::node::Node;

/// `POST /join-tokens`
pub(super) fn all(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::JoinTokens, "POST");
    let node = Arc::clone(node);
    let post = method_of(&[Method::POST]).and(incoming_body()).then(move |asked, body| {
        answer_body(Arc::clone(&node), RouteName::JoinTokens, asked, body, |node, body| {
            handlers::create_join_token(node, body)
        })
    });
    warp::path!("join-tokens").and(post.or(wrong).unify()).boxed()
}
