//! `GET /kv?prefix=&limit=&after=`: keys in order over all nodes, page by page.

use std::sync::Arc;

use ringway_replica::Reason;
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
    let page = lister.page(query, node.replication.wall());
    let page = timeout(node.limits.read_timeout, page).await;
    Ok(json(&page.map_err(|_elapsed| Refusal::NotApplied(Reason::Timeout))??))
}
