//! `GET /kv?prefix=&limit=&after=`: keys in order over all nodes, page by page.
//! `&scope=node` asks for those of this node alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringway_ring::ViewNode;
use tokio::task::JoinSet;

use super::json;
use crate::listing::{ListQuery, Listed, Page, Scope};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;

pub(super) async fn list(node: &Arc<Node>, target: &RawTarget) -> Answer {
    let query = ListQuery::read(target)?;
    let page = match query.scope {
        Scope::Node => own_page(node, query).await?,
        Scope::Cluster => page_of_all(node, query).await?,
    };
    Ok(json(&page))
}

/// The first page of what follows `query.after` on this node.
async fn own_page(node: &Arc<Node>, query: ListQuery) -> Result<Page, Refusal> {
    let node = Arc::clone(node);
    let limit = query.limit;
    // One more than asked for says whether a page follows. A scan reads the disk.
    let scan = move || node.store.list(&query.prefix, &query.after, limit + 1);
    let found = tokio::task::spawn_blocking(scan).await??;
    let listed = found.into_iter().map(|(key, record)| Listed {
        key,
        version: record.version.to_string(),
        bytes: record.value.length(),
    });
    Ok(Page::of(listed, limit))
}

/// The same over all nodes: what each one's page begins with contains what the page of
/// all begins with. A page without one of them would be silently incomplete, so there
/// is none.
async fn page_of_all(node: &Arc<Node>, query: ListQuery) -> Result<Page, Refusal> {
    let mut pages = JoinSet::new();
    for ViewNode { id, address, .. } in node.views.present().view.nodes() {
        let (node, query) = (Arc::clone(node), query.clone());
        let (id, address) = (id.clone(), *address);
        pages.spawn(async move {
            if id == node.id {
                return own_page(&node, query).await;
            }
            let asked = node.other_nodes.page(address, &query).await;
            asked.map_err(|source| Refusal::NodeUnreachable { node: id, source })
        });
    }
    let mut merged = BTreeMap::new();
    let mut page_follows = false;
    while let Some(page) = pages.join_next().await {
        let Page { keys, next } = page??;
        page_follows |= next.is_some();
        merged.extend(keys.into_iter().map(|listed| (listed.key.clone(), listed)));
    }
    Ok(Page::of(merged.into_values(), query.limit).followed(page_follows))
}
