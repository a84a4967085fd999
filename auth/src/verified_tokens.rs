//! Tokens that were verified a while ago.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

use crate::Claims;

/// A token's SHA-256: how long it takes to find one tells nothing of the others.
type Digest = [u8; 32];

/// Tokens whose signature was found right: to verify one takes longer than to read a value.
#[derive(Debug)]
pub struct VerifiedTokens {
    tokens: BTreeMap<Digest, Arc<Claims>>,
    most: usize,
}

impl VerifiedTokens {
    /// At most `most` of them.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { tokens: BTreeMap::new(), most }
    }

    /// What `token` says, if that is known and the token good at `now`.
    #[must_use]
    pub fn get(&self, token: &str, now: u64) -> Option<Arc<Claims>> {
        let claims = self.tokens.get(&digest_of(token))?;
        claims.check_time(now).is_ok().then(|| Arc::clone(claims))
    }

    /// Remembers what `token` says.
    pub fn insert(&mut self, token: &str, claims: Arc<Claims>, now: u64) {
        if self.tokens.len() >= self.most {
            self.tokens.retain(|_, claims| now < claims.exp);
        }
        if self.tokens.len() >= self.most {
            // Seldom enough: whoever comes again is verified again.
            self.tokens.clear();
        }
        self.tokens.insert(digest_of(token), claims);
    }
}

fn digest_of(token: &str) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_makes_room_and_is_not_told() {
        let claims = |now| Arc::new(Claims::new("us", "ann".parse().unwrap(), 1, now));
        let mut verified = VerifiedTokens::new(2);
        verified.insert("a", claims(0), 0);
        verified.insert("b", claims(1800), 1800);
        assert_eq!(verified.get("a", 3599), Some(claims(0)));
        assert_eq!(verified.get("a", 3600), None);
        assert_eq!(verified.get("c", 3600), None);
        verified.insert("c", claims(3600), 3600);
        assert_eq!(verified.tokens.len(), 2);
        assert!(verified.get("b", 3600).is_some() && verified.get("c", 3600).is_some());
        verified.insert("d", claims(3600), 3600);
        assert!(verified.tokens.len() <= 2 && verified.get("d", 3600).is_some());
    }
}
