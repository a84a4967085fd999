//! Which URL is answered by which handler.
//!
//! `/kv` comes first, and of it GET: each filter that is tried and doesn't match costs
//! the requests behind it. The rest is boxed, so that a connection's copy of the whole is
//! small. A path is matched before its method, so that a wrong method is a 405.

mod admitted_body;
mod asked;
mod auth;
mod join_tokens;
mod keyed;
mod plain;
mod ring;
mod routed_by;
mod servers;

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, HeaderValue, Method};
use warp::filters::BoxedFilter;
use warp::reject::{InvalidHeader, Rejection};
use warp::reply::Response;
use warp::{Filter, Reply};

pub(crate) use self::admitted_body::AdmittedBody;
pub(crate) use self::asked::Asked;
use self::asked::asked;
use crate::access::{Admission, outlives_client};
use crate::body::IncomingBody;
use crate::metrics::RouteName;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;

const EPOCH: HeaderName = HeaderName::from_static("x-ringway-epoch");
/// Has the edge that routed the request refresh its view, which is older than this node's.
const BEHIND: HeaderName = HeaderName::from_static("x-ringway-behind");
const NODE: HeaderName = HeaderName::from_static("x-ringway-node");

/// What a handler comes to.
pub(crate) type Answer = Result<Response, Refusal>;

/// A path, and what is answered on it. Boxed: filters would else make one type of all that is in
/// them, and the compiler would take minutes to look at it.
type Route = BoxedFilter<(Response,)>;

/// Everything that a node answers on its client listener.
pub fn routes(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + use<> {
    let rest = first_of([
        keyed::get(node),
        keyed::put(node),
        keyed::del(node),
        ring::all(node),
        plain::all(node),
        servers::all(node),
        auth::all(node),
        join_tokens::all(node),
        unmatched(node),
    ]);
    keyed::kv(node).or(rest).unify()
}

/// Everything that a node answers on its admin listener, to whoever reaches that: what edges follow
/// and what monitoring reads. Nothing that changes anything, and nothing of what is stored.
pub fn admin_routes(
    node: &Arc<Node>,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + use<> {
    first_of([ring::followed(node), plain::watched(node), auth::jwks(node), unmatched(node)])
}

/// Tries one after the other, until one takes the request.
fn first_of<const COUNT: usize>(routes: [Route; COUNT]) -> Route {
    let none: Route = warp::any().and_then(|| ready(Err(warp::reject::not_found()))).boxed();
    routes.into_iter().fold(none, |tried, next| tried.or(next).unify().boxed())
}

/// What no route took: an unknown path, or a header that can't be read.
fn unmatched(node: &Arc<Node>) -> Route {
    let node = Arc::clone(node);
    let refuse = asked().and(raw_target()).then(move |_, asked, target: RawTarget| {
        let node = Arc::clone(&node);
        answer(node, RouteName::Unknown, asked, |_| async move {
            target.check()?;
            Err(Refusal::NoSuchRoute)
        })
    });
    refuse.boxed()
}

/// The request's target.
fn raw_target() -> impl Filter<Extract = (RawTarget,), Error = Infallible> + Copy {
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None)).unify();
    warp::path::full().and(query).map(|path, query| RawTarget { path, query })
}

/// Who asks, where the request's method is one of `methods`.
fn method_of(
    methods: &'static [Method],
) -> impl Filter<Extract = (Asked,), Error = Rejection> + Copy {
    asked().and_then(move |method: Method, asked: Asked| {
        let found = methods.contains(&method).then_some(asked);
        ready(found.ok_or_else(warp::reject::not_found))
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
    asked().then(move |_, asked| {
        let node = Arc::clone(&node);
        answer(node, route, asked, move |_| ready(Err(Refusal::MethodNotAllowed { allow })))
    })
}

/// Admits a request, does `work`, and puts on its answer what every answer has.
async fn answer<W, F>(node: Arc<Node>, route: RouteName, asked: Asked, work: W) -> Response
where
    W: FnOnce(Arc<Node>) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    respond(node, route, asked, |node, _| work(node)).await
}

/// As [`answer`], for work that reads the request's body.
async fn answer_body<W, F>(
    node: Arc<Node>,
    route: RouteName,
    asked: Asked,
    body: IncomingBody,
    work: W,
) -> Response
where
    W: FnOnce(Arc<Node>, AdmittedBody) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let with_body = move |node: Arc<Node>, admission: Option<&Admission>| {
        let body = AdmittedBody::new(&node, route, admission, body);
        work(node, body)
    };
    respond(node, route, asked, with_body).await
}

async fn respond<W, F>(node: Arc<Node>, route: RouteName, asked: Asked, work: W) -> Response
where
    W: FnOnce(Arc<Node>, Option<&Admission>) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let (started, method, routed_by) = (Instant::now(), asked.method, asked.routed_by);
    let answer = admitted(&node, route, &asked, work).await;
    let mut response = answer.unwrap_or_else(Reply::into_response);
    let headers = response.headers_mut();
    let present = node.views.present();
    headers.insert(EPOCH, present.epoch_header.clone());
    if routed_by.is_some_and(|epoch| epoch < present.view.epoch()) {
        headers.insert(BEHIND, HeaderValue::from_static("1"));
    }
    if route.is_keyed() {
        headers.insert(NODE, node.id_header.clone());
    }
    node.http_metrics.answered(route, method, response.status(), started.elapsed());
    response
}

/// Does `work` for who is let in, and notes what is to be noted of it.
async fn admitted<W, F>(node: &Arc<Node>, route: RouteName, asked: &Asked, work: W) -> Answer
where
    W: FnOnce(Arc<Node>, Option<&Admission>) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let place = node.places.take(route)?;
    let admission = match &node.gate {
        Some(gate) => gate.admit(route, asked).await?,
        None => None,
    };
    let node = Arc::clone(node);
    let work = async move {
        let _place = place;
        let answer = work(Arc::clone(&node), admission.as_ref()).await;
        note(&node, admission.as_ref(), &answer);
        answer
    };
    if outlives_client(route, asked.method) { tokio::spawn(work).await? } else { work.await }
}

/// Notes what an admin has done, and whom a handler didn't let in any more.
fn note(node: &Node, admission: Option<&Admission>, answer: &Answer) {
    let Some(admission) = admission else { return };
    let is_refusal = matches!(answer, Err(Refusal::Access(error)) if error.is_refusal());
    if admission.is_noted() || is_refusal {
        let outcome = answer.as_ref().map_or_else(Refusal::code, |_| "done");
        admission.record().note(outcome, node.clusters.present().epoch());
    }
}

#[cfg(test)]
mod admin_test;
#[cfg(test)]
mod auth_test;
#[cfg(test)]
mod edge_test;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod refusals_test;
#[cfg(test)]
mod ring_test;
#[cfg(test)]
mod servers_test;
#[cfg(test)]
mod values_test;
