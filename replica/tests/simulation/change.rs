//! Changes of a partition's holders, as somebody asks for them.

use ringway_ring::Partition;

use crate::random::Random;
use crate::topology::first_holders;

/// A change that somebody asks for.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub at: u64,
    pub partition: Partition,
    pub kind: ChangeKind,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum ChangeKind {
    /// Other holders, unless the partition moves already.
    Move { to: Vec<usize> },
    /// The holders of before, if it moves.
    Cancel,
    /// A later view with nothing new for any partition, such as one of who is reachable.
    Health,
}

impl Change {
    /// Some changes in the first `duration` milliseconds. The first is a move to other holders
    /// than the partition has.
    pub(crate) fn several(
        random: &mut Random,
        nodes: usize,
        replicas: usize,
        partitions: u16,
        duration: u64,
    ) -> Vec<Self> {
        let changes_holders = |change: &Self| match &change.kind {
            ChangeKind::Move { to } => *to != first_holders(change.partition, replicas, nodes),
            _ => false,
        };
        let any = |random: &mut Random| Self::random(random, nodes, replicas, partitions, duration);
        let mut changes: Vec<Self> = (0..random.between(1, 6)).map(|_| any(random)).collect();
        while !changes_holders(&changes[0]) {
            changes[0] = any(random);
        }
        if random.percent(30) {
            // They follow each other fast.
            let mut at = random.below(duration);
            for change in &mut changes {
                change.at = at;
                at += random.between(1, 80);
            }
        }
        let first = changes.iter().map(|change| change.at).min().unwrap_or_default();
        changes[0].at = first;
        for index in 0..changes.len() {
            let begun = changes[index].clone();
            // Soon called off, and perhaps soon begun again.
            if random.percent(40) {
                let at = begun.at + random.between(1, 60);
                changes.push(Self { at, kind: ChangeKind::Cancel, ..begun.clone() });
                if random.percent(50) {
                    changes.push(Self { at: at + random.between(1, 60), ..begun });
                }
            }
        }
        changes
    }

    /// Any change of `partition`, somewhere in the first `duration` milliseconds.
    fn random(
        random: &mut Random,
        nodes: usize,
        replicas: usize,
        partitions: u16,
        duration: u64,
    ) -> Self {
        let at = random.below(duration);
        let partition = Partition::new(random.below(u64::from(partitions)) as u16);
        let kind = match random.below(10) {
            0..=6 => {
                let length = *random.pick(&[1, 2, 3, 3, 3, 3]);
                let mut spare: Vec<usize> = (0..nodes).collect();
                let take = |_| spare.swap_remove(random.below(spare.len() as u64) as usize);
                let mut all: Vec<usize> = (0..nodes).map(take).collect();
                if random.percent(40) {
                    // To others than hold it at first, as far as there are any.
                    let first = first_holders(partition, replicas, nodes);
                    all.sort_by_key(|node| first.contains(node));
                }
                all.truncate(length);
                ChangeKind::Move { to: all }
            }
            7..=8 => ChangeKind::Cancel,
            _ => ChangeKind::Health,
        };
        Self { at, partition, kind }
    }
}
