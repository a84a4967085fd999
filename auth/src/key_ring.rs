//! The keys that sign tokens, one after the other.

use serde::{Deserialize, Serialize};

use crate::jwks::{Jwk, Jwks};
use crate::{AuthRefused, KeyError, SealingKey, SigningKey, TOKEN_SECONDS};

/// How long a key is published before it signs, in seconds: until then everybody who keeps the
/// keys for a while, as edges do, has it.
pub const PUBLISHED_AHEAD_SECONDS: u64 = 60;
/// How many keys there are at most.
const KEYS_MAX: usize = 8;

/// The keys that sign tokens, one after the other. An older one is trusted for as long as the
/// tokens live that it has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRing {
    /// Oldest first.
    keys: Vec<SigningKey>,
}

impl KeyRing {
    pub(crate) fn new(first: SigningKey) -> Self {
        Self { keys: vec![first] }
    }

    /// Takes in `key`, which is published from now on and signs later.
    pub(crate) fn rotate(&mut self, key: SigningKey, now: u64) -> Result<(), AuthRefused> {
        if let Some(newest) = self.keys.last()
            && newest.signs_from > now
        {
            return Err(AuthRefused::RotationUnderWay { signs_from: newest.signs_from });
        }
        let trusted: Vec<_> = self.trusted(now).map(|(key, _)| key.clone()).collect();
        if trusted.len() >= KEYS_MAX {
            return Err(AuthRefused::TooManyKeys { keys: trusted.len() });
        }
        self.keys = trusted;
        self.keys.push(key);
        Ok(())
    }

    /// The key that signs at `now`.
    #[must_use]
    pub fn signer(&self, now: u64) -> Option<&SigningKey> {
        // By a clock that is behind, the first one does.
        self.keys.iter().rfind(|key| key.signs_from <= now).or(self.keys.first())
    }

    /// The keys whose tokens are accepted at `now`, and until when; nothing: without end.
    pub(crate) fn trusted(&self, now: u64) -> impl Iterator<Item = (&SigningKey, Option<u64>)> {
        let successors = self.keys.iter().skip(1).map(Some).chain([None]);
        let ends = successors.map(|next| next.map(|next| next.signs_from + TOKEN_SECONDS));
        self.keys.iter().zip(ends).filter(move |(_, end)| end.is_none_or(|end| now < end))
    }

    /// Whether each of them can be opened by `seal`.
    ///
    /// # Errors
    /// When one lies under another seal, or `seal` is nothing and one lies under one.
    pub fn check_seal(&self, seal: Option<&SealingKey>) -> Result<(), KeyError> {
        self.keys.iter().try_for_each(|key| key.opened(seal).map(drop))
    }

    /// Whether one of them lies under no seal.
    #[must_use]
    pub fn lies_open(&self) -> bool {
        self.keys.iter().any(SigningKey::is_open)
    }

    /// The public halves, as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn jwks(&self, now: u64) -> String {
        let keys = self.trusted(now).map(|(key, _)| Jwk::of(key)).collect();
        Jwks { keys }.to_json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_is_published_before_it_signs_and_the_last_trusted_until_its_tokens_end() {
        let key = |signs_from| SigningKey::generate(signs_from).unwrap();
        let (first, second) = (key(100), key(260));
        let mut ring = KeyRing::new(first.clone());
        ring.rotate(second.clone(), 200).unwrap();
        let trusted = |ring: &KeyRing, now| {
            ring.trusted(now).map(|(key, _)| key.id.clone()).collect::<Vec<_>>()
        };
        for (now, signer) in [(0, &first), (100, &first), (259, &first), (260, &second)] {
            assert_eq!(ring.signer(now), Some(signer), "at {now}");
            assert_eq!(trusted(&ring, now), [&*first.id, &*second.id], "at {now}");
        }
        let end = 260 + TOKEN_SECONDS;
        assert_eq!(trusted(&ring, end - 1).len(), 2);
        assert_eq!(trusted(&ring, end), [&*second.id], "a stolen old key is worth nothing");

        let again = ring.rotate(key(300), 259);
        assert_eq!(again, Err(AuthRefused::RotationUnderWay { signs_from: 260 }));
        ring.rotate(key(end + 60), end).unwrap();
        assert_eq!(ring.keys.len(), 2, "what is not trusted any more is forgotten");
    }

    #[test]
    fn keys_do_not_pile_up() {
        let mut ring = KeyRing::new(SigningKey::generate(0).unwrap());
        let next = SigningKey::generate(0).unwrap();
        for now in 1..8 {
            ring.rotate(SigningKey { signs_from: now, ..next.clone() }, now).unwrap();
        }
        let refused = ring.rotate(SigningKey { signs_from: 9, ..next }, 9);
        assert_eq!(refused, Err(AuthRefused::TooManyKeys { keys: 8 }));
    }
}
