//! The routes that store and read values.

use std::sync::Arc;

use http::{HeaderMap, Method};
use ringway_client::ReprDigest;
use warp::header::headers_cloned;
use warp::reject::Rejection;
use warp::reply::Response;
use warp::{Filter, Stream};

use super::asked::Asked;
use super::{Route, answer, answer_body, method_of, optional_header, raw_target, wrong_method};
use crate::body::{BodyHead, IncomingBody};
use crate::handlers::{self, ReadHeaders};
use crate::metrics::{MethodName, RouteName};
use crate::node::Node;
use crate::raw_target::RawTarget;

/// `GET | HEAD | PUT | DELETE /kv/{key}`, `GET | HEAD /kv?prefix=&limit=&after=`
pub(super) fn kv(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let rest = put_body(node)
        .or(delete(node, RouteName::Kv))
        .unify()
        .or(wrong_method(node, RouteName::Kv, "GET, HEAD, PUT, DELETE"))
        .unify()
        .boxed();
    warp::path("kv").and(read(node, RouteName::Kv).or(rest).unify())
}

/// `GET | HEAD /get?key=&consistency=`
pub(super) fn get(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Get, "GET, HEAD");
    warp::path("get").and(read(node, RouteName::Get).or(wrong).unify()).boxed()
}

/// `PUT /put?key=&value=&ttl=`
pub(super) fn put(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Put, "PUT");
    let node = Arc::clone(node);
    let put = method_of(&[Method::PUT]).and(raw_target()).and(headers_cloned()).then(
        move |asked, target: RawTarget, headers: HeaderMap| {
            answer(Arc::clone(&node), RouteName::Put, asked, |node| {
                handlers::put_query(node, target, headers)
            })
        },
    );
    warp::path("put").and(put.or(wrong).unify()).boxed()
}

/// `DELETE /del?key=`
pub(super) fn del(node: &Arc<Node>) -> Route {
    let wrong = wrong_method(node, RouteName::Del, "DELETE");
    warp::path("del").and(delete(node, RouteName::Del).or(wrong).unify()).boxed()
}

fn read(
    node: &Arc<Node>,
    route: RouteName,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let node = Arc::clone(node);
    method_of(&[Method::GET, Method::HEAD])
        .and(raw_target())
        .and(optional_header("if-none-match"))
        .and(wants_digest())
        .then(
            move |asked: Asked, target: RawTarget, if_none_match: Option<String>, wants_digest| {
                let is_head = asked.method == MethodName::Head;
                answer(Arc::clone(&node), route, asked, move |node| {
                    let asked = ReadHeaders { is_head, if_none_match, wants_digest };
                    handlers::read(node, target, asked)
                })
            },
        )
}

/// Whether the client wants to know the value's digest.
fn wants_digest() -> impl Filter<Extract = (bool,), Error = Rejection> + Copy {
    optional_header("want-repr-digest")
        .map(|want: Option<String>| want.is_some_and(|want| ReprDigest::is_wanted(&want)))
}

fn put_body(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let node = Arc::clone(node);
    method_of(&[Method::PUT])
        .and(raw_target())
        .and(headers_cloned())
        .and(optional_header("content-type"))
        .and(incoming_body())
        .then(move |asked, target, headers, content_type: Option<String>, body| {
            answer_body(Arc::clone(&node), RouteName::Kv, asked, body, |node, body| {
                handlers::put_body(node, target, headers, content_type, body)
            })
        })
}

fn delete(
    node: &Arc<Node>,
    route: RouteName,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let node = Arc::clone(node);
    method_of(&[Method::DELETE]).and(raw_target()).and(headers_cloned()).then(
        move |asked, target: RawTarget, headers: HeaderMap| {
            answer(Arc::clone(&node), route, asked, |node| handlers::delete(node, target, headers))
        },
    )
}

/// The request's body, none of it read yet.
pub(super) fn incoming_body() -> impl Filter<Extract = (IncomingBody,), Error = Rejection> + Copy {
    optional_header("content-length")
        .and(optional_header("expect"))
        .and(warp::body::stream())
        .map(incoming)
}

fn incoming<B: warp::Buf>(
    declared: Option<String>,
    expect: Option<String>,
    chunks: impl Stream<Item = Result<B, warp::Error>> + Send + 'static,
) -> IncomingBody {
    let is_held_back = expect.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    let declared = declared.and_then(|length| length.parse().ok());
    IncomingBody::new(BodyHead { declared, is_held_back }, chunks)
}
