//! The view, at once or as soon as there is a new one.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::ETAG;
use ringway_ring::Epoch;
use tokio::time::timeout;
use warp::reply::Response;

use super::{JSON, bytes, names_etag, not_modified};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::view_watch::PublishedView;

const WAIT_MAX: Duration = Duration::from_mins(1);

/// `GET /ring`: the view. With `?after=EPOCH` or `If-None-Match`, only if it is another
/// one; with `?wait=SECONDS` too, as soon as it is, or 304.
pub(crate) async fn ring(
    node: Arc<Node>,
    target: RawTarget,
    if_none_match: Option<String>,
) -> Answer {
    target.check()?;
    if target.path() != "/ring" {
        return Err(Refusal::NoSuchRoute);
    }
    let after = target.number("after")?.map(Epoch::new);
    let wait = Duration::from_secs(target.number("wait")?.unwrap_or_default()).min(WAIT_MAX);
    let is_news = |published: &PublishedView| {
        let is_later = after.is_none_or(|after| published.view.epoch() > after);
        let is_known = |tags: &str| names_etag(tags, &published.etag);
        is_later && !if_none_match.as_deref().is_some_and(is_known)
    };
    let present = node.views.present();
    if is_news(&present) {
        return Ok(view(&present));
    }
    match timeout(wait, node.views.next(is_news)).await {
        Ok(Some(news)) => Ok(view(&news)),
        Ok(None) | Err(_) => Ok(not_modified(present.etag.clone())),
    }
}

fn view(published: &PublishedView) -> Response {
    let mut response = bytes(JSON, published.json.clone());
    let etag: HeaderValue = published.etag.clone();
    response.headers_mut().insert(ETAG, etag);
    response
}
