//! What `GET /kv?prefix=&limit=&after=` asks for, and what answers it.

use ringway_ring::encode_path;
use serde::{Deserialize, Serialize};

use crate::raw_target::RawTarget;
use crate::refusal::Refusal;

const LIMIT_DEFAULT: u64 = 100;
const LIMIT_MAX: u64 = 1000;

/// A page of keys, as it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct ListQuery {
    /// What the keys begin with.
    pub prefix: String,
    /// What they come after.
    pub after: String,
    /// How many, at most.
    pub limit: usize,
    /// Whose.
    pub scope: Scope,
}

/// Whose keys are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All nodes'.
    Cluster,
    /// Those of the node that is asked.
    Node,
}

impl ListQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter isn't what it must be.
    pub(crate) fn read(target: &RawTarget) -> Result<Self, Refusal> {
        let limit = target.number("limit")?.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Refusal::Parameter { name: "limit", expected: "from 1 to 1000" });
        }
        let scope = match target.parameter("scope")?.as_deref() {
            None | Some("cluster") => Scope::Cluster,
            Some("node") => Scope::Node,
            Some(_) => {
                return Err(Refusal::Parameter { name: "scope", expected: "cluster or node" });
            }
        };
        Ok(Self {
            prefix: target.parameter("prefix")?.unwrap_or_default(),
            after: target.parameter("after")?.unwrap_or_default(),
            limit: usize::try_from(limit).unwrap_or_default(),
            scope,
        })
    }

    /// The target that asks another node for the same of its own keys.
    pub(crate) fn target_for_one_node(&self) -> String {
        let (prefix, after) = (encode_path(&self.prefix), encode_path(&self.after));
        format!("/kv?prefix={prefix}&after={after}&limit={}&scope=node", self.limit)
    }
}

/// A page of keys.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// In order.
    pub keys: Vec<Listed>,
    /// What `after` must be for the page that follows; null on the last.
    pub next: Option<String>,
}

/// A key that is there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// The key.
    pub key: String,
    /// Of its value.
    pub version: String,
    /// The value's length.
    pub bytes: u64,
}

impl Page {
    /// The first `limit` of `keys`, and whether there are more of them.
    pub(crate) fn of(keys: impl Iterator<Item = Listed>, limit: usize) -> Self {
        let mut keys: Vec<_> = keys.take(limit + 1).collect();
        let page_follows = keys.len() > limit;
        keys.truncate(limit);
        Self { keys, next: None }.followed(page_follows)
    }

    /// The same page, followed by another if it was already or `page_follows`.
    pub(crate) fn followed(mut self, page_follows: bool) -> Self {
        if page_follows && self.next.is_none() {
            self.next = self.keys.last().map(|listed| listed.key.clone());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[&str], limit: usize) -> Page {
        let listed = |key: &&str| Listed { key: (*key).to_owned(), version: "1".into(), bytes: 1 };
        Page::of(keys.iter().map(listed), limit)
    }

    #[test]
    fn a_page_says_whether_another_follows() {
        assert_eq!(page(&[], 2).next, None);
        assert_eq!(page(&["a", "b"], 2).next, None);
        assert_eq!(page(&["a", "b"], 2).followed(true).next.as_deref(), Some("b"));
        let page = page(&["a", "b", "c"], 2);
        assert_eq!((page.keys.len(), page.next.as_deref()), (2, Some("b")));
    }

    #[test]
    fn what_one_node_is_asked_is_read_back() {
        let query = ListQuery {
            prefix: "a b&c;ü/".into(),
            after: "a b&c;ü/+%".into(),
            limit: 7,
            scope: Scope::Cluster,
        };
        let target = query.target_for_one_node();
        let (_, text) = target.split_once('?').unwrap();
        let parameter = |name| ringway_ring::query_parameter(text.as_bytes(), name).unwrap();
        assert_eq!(parameter("prefix").unwrap(), query.prefix.as_bytes());
        assert_eq!(parameter("after").unwrap(), query.after.as_bytes());
    }
}
