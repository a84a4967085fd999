//! `GET /kv?prefix=&limit=&after=`: keys in order over all nodes, page by page.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringway_replica::{Reason, Wall};
use tokio::time::timeout;

use super::json;
use crate::listing::{ListQuery, Lister};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;

pub(super) async fn list(node: &Node, target: &RawTarget) -> Answer {
    let query = ListQuery::read(target)?;
    let lister = Lister::new(Arc::clone(&node.replication), node.views.present());
    let page = timeout(node.limits.read_timeout, lister.page(query, now())).await;
    Ok(json(&page.map_err(|_elapsed| Refusal::NotApplied(Reason::Timeout))??))
}

fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
