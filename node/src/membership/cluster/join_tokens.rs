//! Which join tokens are good.

use std::collections::BTreeMap;

use ringway_ring::NodeId;
use serde::{Deserialize, Serialize};

use super::Refused;
use crate::join_token::JoinTokenHash;

/// How many tokens that nobody has used yet there may be.
pub(super) const OPEN_MAX: usize = 128;
/// How many there are at most, with those of which is remembered who has used them.
const KEPT_MAX: usize = 1024;

/// The join tokens that are good, and those that were until lately: so that who comes with one of
/// these hears why it is of no use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JoinTokens(BTreeMap<JoinTokenHash, JoinTokenRecord>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JoinTokenRecord {
    /// In seconds since 1970.
    ends: u64,
    used_by: Option<NodeId>,
}

impl JoinTokens {
    /// Takes in a token, and forgets those that have expired.
    pub(super) fn open(
        &mut self,
        token: JoinTokenHash,
        ends: u64,
        now: u64,
    ) -> Result<(), Refused> {
        let is_good = |record: &JoinTokenRecord| now < record.ends;
        let is_open = |record: &&JoinTokenRecord| is_good(record) && record.used_by.is_none();
        let open = self.0.values().filter(is_open).count();
        if open >= OPEN_MAX {
            return Err(Refused::TooManyTokens { open });
        }
        self.0.retain(|_, record| is_good(record));
        if self.0.len() >= KEPT_MAX {
            let used = self.0.iter().filter(|(_, record)| record.used_by.is_some());
            let first = used.min_by_key(|(_, record)| record.ends).map(|(token, _)| *token);
            first.map(|token| self.0.remove(&token));
        }
        self.0.insert(token, JoinTokenRecord { ends, used_by: None });
        Ok(())
    }

    /// Whether a token could be used now.
    pub(super) fn check(&self, token: JoinTokenHash, now: u64) -> Result<(), Refused> {
        let record = self.0.get(&token).ok_or(Refused::TokenUnknown)?;
        if let Some(by) = &record.used_by {
            return Err(Refused::TokenUsed { by: by.clone() });
        }
        if now >= record.ends {
            return Err(Refused::TokenExpired { ended: record.ends });
        }
        Ok(())
    }

    /// Lets `node` use a token, which is good for nobody else then.
    pub(super) fn use_up(
        &mut self,
        token: JoinTokenHash,
        now: u64,
        node: &NodeId,
    ) -> Result<(), Refused> {
        self.check(token, now)?;
        if let Some(record) = self.0.get_mut(&token) {
            record.used_by = Some(node.clone());
        }
        Ok(())
    }

    /// Whether `node` is who has used it.
    pub(super) fn was_used_by(&self, token: JoinTokenHash, node: &NodeId) -> bool {
        self.0.get(&token).is_some_and(|record| record.used_by.as_ref() == Some(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join_token::JoinToken;

    fn hash() -> JoinTokenHash {
        JoinToken::random().unwrap().hash()
    }

    fn node(id: &str) -> NodeId {
        id.parse().unwrap()
    }

    #[test]
    fn a_token_is_good_once_and_for_a_while() {
        let mut tokens = JoinTokens::default();
        let (one, other) = (hash(), hash());
        tokens.open(one, 100, 40).unwrap();
        tokens.open(other, 100, 40).unwrap();
        assert_eq!(tokens.use_up(hash(), 50, &node("n2")), Err(Refused::TokenUnknown));
        assert_eq!(tokens.use_up(one, 99, &node("n2")), Ok(()));
        let used = Refused::TokenUsed { by: node("n2") };
        assert_eq!(tokens.use_up(one, 99, &node("n3")), Err(used));
        let expired = Refused::TokenExpired { ended: 100 };
        assert_eq!(tokens.use_up(other, 100, &node("n3")), Err(expired));
    }

    #[test]
    fn tokens_do_not_pile_up() {
        let mut tokens = JoinTokens::default();
        for _ in 0..OPEN_MAX {
            tokens.open(hash(), 100, 40).unwrap();
        }
        let refused = tokens.open(hash(), 100, 99);
        assert_eq!(refused, Err(Refused::TooManyTokens { open: OPEN_MAX }));
        tokens.open(hash(), 200, 100).unwrap();
        assert_eq!(tokens.0.len(), 1, "what has expired is forgotten");
        for _ in 0..2 * KEPT_MAX {
            let token = hash();
            tokens.open(token, 200, 100).unwrap();
            tokens.use_up(token, 100, &node("n2")).unwrap();
        }
        assert!(tokens.0.len() <= KEPT_MAX, "{}", tokens.0.len());
    }
}
