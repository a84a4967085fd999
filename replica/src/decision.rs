//! What a request does to the record it finds. Pure.

use crate::{Condition, Operation, Outcome, Record, Version, Wall};

/// What a request does to the record it finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing; this is the answer.
    Answer(Outcome),
    /// It writes a value.
    Put {
        /// Whether there was none.
        created: bool,
    },
    /// It writes a tombstone.
    Delete,
    /// First the record's expiry must be made a fact: a tombstone that a majority holds.
    /// Then decide again. Or another clock could bring the value back.
    Expire,
}

/// What `operation` does to `current` at `wall`. Not asked for a `PUT` without a condition, which
/// needs no look at what it writes over.
pub(crate) fn decide(operation: &Operation, current: Option<&Record>, wall: Wall) -> Decision {
    let live = current.filter(|record| record.live(wall).is_some());
    let expired = current.is_some_and(|record| record.is_expired(wall));
    match operation {
        _ if expired => Decision::Expire,
        Operation::Read | Operation::ReadOne => Decision::Answer(found(live)),
        Operation::Put { condition, .. } | Operation::Delete { condition }
            if !condition.holds(live) =>
        {
            let current = live.map(|record| record.written);
            Decision::Answer(Outcome::ConditionFailed { current })
        }
        Operation::Put { .. } => Decision::Put { created: live.is_none() },
        Operation::Delete { .. } if live.is_some() => Decision::Delete,
        Operation::Delete { .. } | Operation::Settle => Decision::Answer(Outcome::NotFound),
    }
}

pub(crate) fn found(live: Option<&Record>) -> Outcome {
    live.map_or(Outcome::NotFound, |record| Outcome::Found(record.clone()))
}

impl Condition {
    fn holds(self, live: Option<&Record>) -> bool {
        let version: Option<Version> = live.map(|record| record.written);
        match self {
            Self::None => true,
            Self::Match(expected) => version == Some(expected),
            Self::Absent => version.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ballot, Body, NodeNumber, Value};
    use bytes::Bytes;
    use ringway_ring::Epoch;

    const NOW: Wall = Wall::new(1000);

    fn version(sequence: u64) -> Version {
        let ballot = Ballot::BOTTOM.next(Epoch::FIRST, NodeNumber::new(1));
        Version { ballot, sequence }
    }

    fn value(expires: Option<Wall>) -> Record {
        let bytes = Bytes::from_static(b"v");
        let body = Body::Value(Value { bytes, content_type: None, expires });
        Record { written: version(3), accepted: version(9), body }
    }

    fn put(condition: Condition) -> Operation {
        Operation::Put { bytes: Bytes::new(), content_type: None, ttl_ms: None, condition }
    }

    #[test]
    fn conditions_are_tested_against_the_version_of_the_write() {
        let there = value(None);
        let fails = Decision::Answer(Outcome::ConditionFailed { current: Some(version(3)) });
        let decide = |condition| decide(&put(condition), Some(&there), NOW);
        assert_eq!(decide(Condition::Match(version(3))), Decision::Put { created: false });
        assert_eq!(decide(Condition::Match(version(9))), fails);
        assert_eq!(decide(Condition::Absent), fails);
    }

    #[test]
    fn an_expired_value_is_buried_before_anything_is_said_about_it() {
        let expired = value(Some(NOW));
        for operation in [
            Operation::Read,
            Operation::Settle,
            put(Condition::Absent),
            put(Condition::Match(version(3))),
            Operation::Delete { condition: Condition::None },
        ] {
            assert_eq!(decide(&operation, Some(&expired), NOW), Decision::Expire);
        }
    }

    #[test]
    fn a_tombstone_is_as_good_as_nothing() {
        let tombstone = Record { body: Body::Tombstone, ..value(None) };
        for current in [None, Some(&tombstone)] {
            let delete = Operation::Delete { condition: Condition::None };
            assert_eq!(decide(&delete, current, NOW), Decision::Answer(Outcome::NotFound));
            assert_eq!(
                decide(&put(Condition::Absent), current, NOW),
                Decision::Put { created: true }
            );
            let matching = Operation::Delete { condition: Condition::Match(version(3)) };
            assert_eq!(
                decide(&matching, current, NOW),
                Decision::Answer(Outcome::ConditionFailed { current: None })
            );
        }
    }
}
