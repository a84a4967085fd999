//! The launcher's routes.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use ringway_ring::{NodeId, error_body};
use serde::{Deserialize, Serialize};
use warp::Filter;
use warp::reject::{Reject, Rejection};
use warp::reply::Response;

use super::backend::Backend;
use super::token::Token;
use super::{LaunchError, StartNode};

/// The longest body: a name and a few addresses.
const BODY_BYTES_MAX: u64 = 16 << 10;

#[derive(Deserialize)]
struct Which {
    port: Option<u16>,
}

#[derive(Deserialize)]
struct Leaving {
    keep_data: bool,
}

/// All that a launcher answers, to who has `token`.
pub(super) fn routes<B: Backend>(
    backend: &Arc<B>,
    token: Token,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + use<B> {
    let with = |backend: &Arc<B>| {
        let backend = Arc::clone(backend);
        warp::any().map(move || Arc::clone(&backend))
    };
    let start = warp::path!("nodes")
        .and(warp::post())
        .and(warp::body::content_length_limit(BODY_BYTES_MAX))
        .and(warp::body::bytes())
        .and(with(backend))
        .then(start);
    let list = warp::path!("nodes")
        .and(warp::get())
        .and(warp::query::<Which>())
        .and(with(backend))
        .then(list);
    let stop = warp::path!("nodes" / String)
        .and(warp::delete())
        .and(warp::query::<Leaving>())
        .and(with(backend))
        .then(stop);
    let answers = start.or(list).unify().or(stop).unify();
    authorized(token).and(answers).recover(refuse).unify()
}

/// Lets those pass who know the cluster's secret.
fn authorized(token: Token) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::header::optional::<String>("authorization")
        .and_then(move |header: Option<String>| {
            let is_known = header.is_some_and(|header| token.is_in(&header));
            std::future::ready(is_known.then_some(()).ok_or_else(|| warp::reject::custom(Stranger)))
        })
        .untuple_one()
}

/// Who doesn't know the cluster's secret.
#[derive(Debug)]
struct Stranger;

impl Reject for Stranger {}

async fn start<B: Backend>(body: Bytes, backend: Arc<B>) -> Response {
    let node: StartNode = match serde_json::from_slice(&body) {
        Ok(node) => node,
        Err(error) => return bad_request(&format!("the body names no node to start: {error}")),
    };
    if node.join.is_empty() {
        return bad_request(&"join names no member of a cluster");
    }
    let started = to_the_end(async move {
        tracing::info!(id = %node.id, "starting a node");
        backend.start(node).await
    });
    match started.await {
        Ok(node) => json(StatusCode::CREATED, &node),
        Err(error) => refusal(&error),
    }
}

async fn list<B: Backend>(which: Which, backend: Arc<B>) -> Response {
    match backend.list().await {
        Ok(mut nodes) => {
            nodes.retain(|node| which.port.is_none_or(|port| node.client.port() == port));
            json(StatusCode::OK, &nodes)
        }
        Err(error) => refusal(&error),
    }
}

async fn stop<B: Backend>(id: String, leaving: Leaving, backend: Arc<B>) -> Response {
    let id = match NodeId::from_str(&id) {
        Ok(id) => id,
        Err(error) => return bad_request(&error),
    };
    let stopped = to_the_end(async move {
        tracing::info!(%id, keep_data = leaving.keep_data, "stopping a node");
        backend.stop(id, leaving.keep_data).await
    });
    match stopped.await {
        Ok(()) => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(error) => refusal(&error),
    }
}

/// Does `work` to its end, even if nobody waits for it any more: a node must not be left
/// half started because a connection broke.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The launcher ends, and with it this.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

async fn refuse(rejection: Rejection) -> Result<Response, Infallible> {
    let (status, code, sentence) = if rejection.find::<Stranger>().is_some() {
        (StatusCode::UNAUTHORIZED, "unauthorized", "the cluster's token is missing or wrong")
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path takes another method")
    } else if rejection.is_not_found() {
        (StatusCode::NOT_FOUND, "no_such_route", "there is nothing at this path")
    } else {
        (StatusCode::BAD_REQUEST, "bad_request", "the query or the body is not as it must be")
    };
    Ok(answer(status, error_body(&sentence, code)))
}

fn refusal(error: &LaunchError) -> Response {
    tracing::warn!(code = error.code(), %error, "refused");
    answer(error.status(), error_body(error, error.code()))
}

fn bad_request(reason: &impl std::fmt::Display) -> Response {
    answer(StatusCode::BAD_REQUEST, error_body(reason, "bad_request"))
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Names and addresses: nothing in them can fail.
    let body = serde_json::to_string(body).unwrap_or_else(|error| unreachable!("{error}"));
    answer(status, body)
}

fn answer(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
