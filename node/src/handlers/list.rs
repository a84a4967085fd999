//! `GET /kv?prefix=&limit=&after=`: keys in order over all nodes, page by page.

use std::sync::Arc;
use std::time::Duration;

use ringway_replica::Reason;
use tokio::time::timeout;

use super::json;
use crate::listing::{ListQuery, Lister, ListingError, Page};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;

/// How long to wait for the next view before the nodes are asked again.
const AGAIN: Duration = Duration::from_millis(20);

pub(super) async fn list(node: &Node, target: &RawTarget) -> Answer {
    let query = ListQuery::read(target)?;
    let page = timeout(node.limits.read_timeout, page(node, query)).await;
    Ok(json(&page.map_err(|_elapsed| Refusal::NotApplied(Reason::Timeout))??))
}

/// While the ring changes the nodes learn of its views one after the other, so a page that
/// was begun with one view may have to be begun anew with the next.
async fn page(node: &Node, query: ListQuery) -> Result<Page, ListingError> {
    loop {
        let published = node.views.present();
        let epoch = published.view.epoch();
        let lister = Lister::new(Arc::clone(&node.replication), published);
        match lister.page(query.clone(), node.replication.wall()).await {
            Err(error) if error.is_of_another_view() => {
                let next = node.views.next(|published| published.view.epoch() > epoch);
                // It may be the others who have to learn.
                let _ = timeout(AGAIN, next).await;
            }
            page => return page,
        }
    }
}
