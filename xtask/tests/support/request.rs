//! A request of the simulator's kind, over HTTP.

use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use ringway_replica::Version;

use crate::history::{Ask, Told};

/// Longer than all the attempts that the edge makes at a read.
const READ_PATIENCE: Duration = Duration::from_secs(15);

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Told(Told),
    /// A write that had no effect and never will.
    NotApplied,
    /// What no client should get, in words.
    Failed(String),
}

/// Asks about the key at `url`, and waits as long as `write_patience` for a write's outcome.
pub(crate) async fn ask(client: &Client, url: &str, ask: &Ask, write_patience: Duration) -> Answer {
    let response = match request(client, url, ask, write_patience).send().await {
        Ok(response) => response,
        // The connection was lost, or the client's patience, and nobody knows.
        Err(_) if *ask != Ask::Read => return Answer::Told(Told::Unknown),
        Err(error) => return Answer::Failed(format!("{error:?}")),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let outcome = headers.get("x-ringway-outcome").map(|outcome| outcome.to_str().unwrap());
    match (ask, status, outcome) {
        (Ask::Read, StatusCode::OK, _) => found(response, &headers).await,
        (Ask::Read | Ask::Delete { .. }, StatusCode::NOT_FOUND, _) => Answer::Told(Told::NotFound),
        (Ask::Put { .. }, StatusCode::OK | StatusCode::CREATED, _) => match version(&headers) {
            Some(version) => Answer::Told(Told::Written { version }),
            None => Answer::Failed(format!("{status} without a version: {headers:?}")),
        },
        (Ask::Delete { .. }, StatusCode::OK, _) => Answer::Told(Told::Deleted),
        (Ask::Put { .. } | Ask::Delete { .. }, StatusCode::PRECONDITION_FAILED, _) => {
            Answer::Told(Told::ConditionFailed { current: version(&headers) })
        }
        (Ask::Put { .. } | Ask::Delete { .. }, status, Some("not-applied"))
            if status.is_server_error() =>
        {
            Answer::NotApplied
        }
        (Ask::Put { .. } | Ask::Delete { .. }, status, Some("unknown"))
            if status.is_server_error() =>
        {
            Answer::Told(Told::Unknown)
        }
        _ => Answer::Failed(format!("{status}, {headers:?}, {:?}", response.text().await)),
    }
}

fn request(client: &Client, url: &str, ask: &Ask, write_patience: Duration) -> RequestBuilder {
    let conditional = |request: RequestBuilder, if_match: &Option<Version>| match if_match {
        Some(version) => request.header(IF_MATCH, format!("\"{version}\"")),
        None => request,
    };
    match ask {
        Ask::Read => client.get(url).timeout(READ_PATIENCE),
        Ask::Put { mark, if_match, if_absent, .. } => {
            let put = client.put(url).timeout(write_patience).body(mark.to_string());
            let put = conditional(put, if_match);
            if *if_absent { put.header(IF_NONE_MATCH, "*") } else { put }
        }
        Ask::Delete { if_match } => {
            conditional(client.delete(url).timeout(write_patience), if_match)
        }
    }
}

async fn found(response: Response, headers: &HeaderMap) -> Answer {
    let body = response.text().await;
    let mark = body.as_ref().ok().and_then(|body| body.parse().ok());
    match (mark, version(headers)) {
        (Some(mark), Some(version)) => Answer::Told(Told::Found { mark, version }),
        _ => Answer::Failed(format!("nobody wrote {body:?}, {headers:?}")),
    }
}

/// The version that the `ETag` names.
fn version(headers: &HeaderMap) -> Option<Version> {
    headers.get(ETAG)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}
