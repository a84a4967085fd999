//! Whether a node takes part in a partition.

use crate::{Group, Instant, NodeNumber, PartitionState};

/// Whether, and how, a node takes part in a partition that it has something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds the partition.
    Member,
    /// What is stored is of a later view than the node has: it restarted, and will be told.
    /// Until then it knows too little to do anything.
    Outrun,
    /// It no longer holds the partition. Until then it still accepts what leaders of before
    /// finish.
    Finishing(Instant),
    /// What is stored is of another time, or of no use any more: it is being removed.
    Clearing,
}

impl Standing {
    /// That of `me` with `state` in `group`.
    pub(crate) fn of(group: &Group, me: NodeNumber, state: &PartitionState) -> Self {
        let stored = state.promised.configuration.max(state.since);
        if stored > group.configuration {
            Self::Outrun
        } else if group.contains(me) && group.since == Some(state.since) {
            Self::Member
        } else {
            Self::Clearing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ballot;
    use alloc::vec;
    use ringway_ring::Epoch;

    #[test]
    fn only_who_held_it_without_a_break_takes_part() {
        let [me, other] = [1, 2].map(NodeNumber::new);
        let epoch = Epoch::new;
        let state = PartitionState { since: epoch(3), ..PartitionState::NEW };
        let group = |configuration, replicas, since: Option<u64>| Group {
            configuration: epoch(configuration),
            replicas,
            next: vec![],
            since: since.map(epoch),
        };
        let of = |group: Group| Standing::of(&group, me, &state);
        assert_eq!(of(group(5, vec![me], Some(3))), Standing::Member);
        assert_eq!(of(group(5, vec![me], Some(4))), Standing::Clearing, "it was away");
        assert_eq!(of(group(5, vec![other], None)), Standing::Clearing, "it is away");
        assert_eq!(of(group(2, vec![other], None)), Standing::Outrun);
        let promised = Ballot::BOTTOM.next(epoch(6), other);
        let promised = PartitionState { promised, ..state };
        let late = Standing::of(&group(5, vec![me], Some(3)), me, &promised);
        assert_eq!(late, Standing::Outrun, "it promised under a later view");
    }
}
