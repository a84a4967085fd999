//! Asks the nodes for their keys until a page is full.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use ringway_replica::{NodeNumber, Wall};
use ringway_ring::NodeId;
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};

use super::key_merge::{KeyMerge, MergedKeys};
use super::{KeySource, ListQuery, Page};
use crate::peering::node_number;
use crate::peers::{AskError, AskRefused, KeysPage, KeysQuery};
use crate::view_watch::PublishedView;

/// How often all nodes are asked for one page. Each time every node tells as many keys as
/// the page may have, so only long runs of tombstones need more than one; a page that is
/// not full by then says where to go on.
const ROUNDS_MAX: usize = 8;

/// Puts one page together.
pub(crate) struct Lister<S> {
    source: Arc<S>,
    published: Arc<PublishedView>,
    /// Who did not answer, and is not asked again for this page.
    missing: BTreeMap<NodeNumber, AskError>,
}

impl<S: KeySource> Lister<S> {
    /// Of the nodes in `published`, which `source` can ask.
    pub(crate) fn new(source: Arc<S>, published: Arc<PublishedView>) -> Self {
        Self { source, published, missing: BTreeMap::new() }
    }

    /// The page that `query` asks for, as things are at `now`.
    ///
    /// # Errors
    /// When too few nodes answer. A page without them could lack keys and not say so.
    pub(crate) async fn page(mut self, query: ListQuery, now: Wall) -> Result<Page, ListingError> {
        let ListQuery { prefix, mut after, limit } = query;
        let mut keys = Vec::new();
        for _ in 0..ROUNDS_MAX {
            // One more than is shown says whether a page follows.
            let query = KeysQuery { prefix: prefix.clone(), after, limit: limit + 1 };
            let MergedKeys { live, horizon } = self.round(&query, now).await?;
            keys.extend(live);
            if keys.len() > usize::from(limit) {
                keys.truncate(usize::from(limit));
                let next = keys.last().map(|listed| listed.key.clone());
                return Ok(Page { keys, next });
            }
            match horizon {
                None => return Ok(Page { keys, next: None }),
                Some(horizon) => after = horizon,
            }
        }
        Ok(Page { keys, next: Some(after) })
    }

    /// Asks every node at once, and takes the first answers that hold a majority of every
    /// partition: a slow node holds nobody up.
    async fn round(&mut self, query: &KeysQuery, now: Wall) -> Result<MergedKeys, ListingError> {
        let mut asked = self.ask_all(query);
        let mut merge = KeyMerge::default();
        let mut heard = BTreeSet::new();
        while !self.published.holder_sets().have_majority(&heard) {
            match asked.join_next().await {
                Some(Ok((holder, Ok(page)))) if page.is_last || !page.keys.is_empty() => {
                    merge.add(page);
                    heard.insert(holder);
                }
                Some(Ok((holder, answer))) => {
                    // A page that neither ends nor has a key is no answer.
                    self.missing.insert(
                        holder,
                        answer.err().unwrap_or(AskError::Refused(AskRefused::Failed)),
                    );
                }
                Some(Err(error)) => return Err(ListingError::Task(error)),
                None => return Err(ListingError::Missing(self.missing_nodes())),
            }
        }
        Ok(merge.finish(now))
    }

    fn ask_all(&self, query: &KeysQuery) -> JoinSet<(NodeNumber, Result<KeysPage, AskError>)> {
        let mut asked = JoinSet::new();
        let epoch = self.published.view.epoch();
        for node in self.published.view.nodes() {
            let holder = node_number(&node.id);
            if !self.missing.contains_key(&holder) {
                let (source, query) = (Arc::clone(&self.source), query.clone());
                asked.spawn(async move { (holder, source.keys_of(holder, epoch, query).await) });
            }
        }
        asked
    }

    fn missing_nodes(&self) -> Vec<MissingNode> {
        let missing = |id: &NodeId| {
            let why = *self.missing.get(&node_number(id))?;
            Some(MissingNode { id: id.clone(), why })
        };
        self.published.view.nodes().iter().filter_map(|node| missing(&node.id)).collect()
    }
}

/// A node whose keys were not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingNode {
    /// Who.
    pub id: NodeId,
    /// Why not.
    pub why: AskError,
}

impl fmt::Display for MissingNode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.id, self.why)
    }
}

impl ListingError {
    /// Whether somebody who is missing has another view: the next view may be theirs.
    pub(crate) fn is_of_another_view(&self) -> bool {
        let is_other = |node: &MissingNode| node.why == AskError::Refused(AskRefused::OtherView);
        matches!(self, Self::Missing(missing) if missing.iter().any(is_other))
    }
}

/// Why there is no page.
#[derive(Debug, Error)]
pub(crate) enum ListingError {
    /// Some partition's holders were not heard in a majority.
    #[error("too few nodes answer for a listing without gaps ({})", in_a_row(.0))]
    Missing(Vec<MissingNode>),
    /// A task of this node died.
    #[error("this request failed inside the node: {0}")]
    Task(JoinError),
}

fn in_a_row(missing: &[MissingNode]) -> String {
    let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
    missing.join("; ")
}
