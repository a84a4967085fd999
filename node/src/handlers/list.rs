//! `GET /kv?prefix=&limit=&after=`: this node's own keys, in order, page by page.

use std::sync::Arc;

use serde::Serialize;

use super::json;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::store::Version;

const LIMIT_DEFAULT: u64 = 100;
const LIMIT_MAX: u64 = 1000;

#[derive(Serialize)]
struct Page {
    keys: Vec<Listed>,
    /// What `after` must be for the page that follows; null on the last.
    next: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    key: String,
    version: Version,
    bytes: u64,
}

pub(super) async fn list(node: &Arc<Node>, target: &RawTarget) -> Answer {
    let prefix = target.parameter("prefix")?.unwrap_or_default();
    let after = target.parameter("after")?.unwrap_or_default();
    let limit = target.number("limit")?.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Refusal::Parameter { name: "limit", expected: "from 1 to 1000" });
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    let node = Arc::clone(node);
    // One more than asked for says whether a page follows. A scan reads the disk.
    let scan = move || node.store.list(&prefix, &after, limit + 1);
    let mut found = tokio::task::spawn_blocking(scan).await??;
    let is_last = found.len() <= limit;
    found.truncate(limit);
    let next = found.last().filter(|_| !is_last).map(|(key, _)| key.clone());
    let keys = found.into_iter().map(|(key, record)| Listed {
        key,
        version: record.version,
        bytes: record.value.length(),
    });
    Ok(json(&Page { keys: keys.collect(), next }))
}
