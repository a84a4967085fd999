//! Random commands, most of which make sense.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use ringway_ring::{Partition, Weight};

use super::invariants::{check_state, check_step};
use crate::disk_id::DiskId;
use crate::membership::cluster::sample::{arrive, cluster_of, complete, id, newcomer};
use crate::membership::{Change, Cluster, Command, MemberState};

const NAMES: [&str; 7] = ["n1", "n2", "n3", "n4", "n5", "n6", "n7"];

/// What is done next; which partitions that names depends on the state.
#[derive(Clone, Debug)]
enum Step {
    Do(Command),
    /// Adds some spares and removes some of the ring, whoever they are.
    Change {
        add: usize,
        remove: usize,
        which: Index,
        weight: u16,
    },
    Move {
        complete: Vec<bool>,
        most: usize,
    },
    /// Counts what this change has to copy, or another.
    Count {
        is_this: bool,
        sizes: Vec<u64>,
    },
    /// What the present health asks for.
    TakeBack,
    /// Partitions that perhaps don't move, in a configuration that perhaps is not theirs.
    Nonsense {
        partition: u16,
        configuration: Index,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || select(&NAMES[..]);
    let join = name().prop_map(|name| Command::Join(newcomer(name)));
    let stranger = name().prop_map(|name| {
        let mut stranger = newcomer(name);
        stranger.disk = DiskId::new([0xba; 16]);
        Command::Join(stranger)
    });
    let leave = name().prop_map(|name| Command::Leave { node: id(name) });
    let forget =
        name().prop_map(|name| Command::Forget { node: id(name), disk: newcomer(name).disk });
    let some = || subsequence(NAMES.to_vec(), 0..3);
    let health = (some(), some()).prop_map(|(up, down)| {
        let ids = |names: Vec<&str>| names.into_iter().map(id).collect();
        Command::Health { up: ids(up), down: ids(down) }
    });
    let retire = subsequence(NAMES.to_vec(), 1..3)
        .prop_map(|names| Command::Retire { nodes: names.into_iter().map(id).collect() });
    let command = prop_oneof![
        4 => join,
        1 => stranger,
        1 => leave,
        2 => retire,
        1 => forget,
        1 => health,
        1 => Just(Command::Cancel),
    ];
    let count = (any::<bool>(), prop::collection::vec(0..1_000_u64, 1..9))
        .prop_map(|(is_this, sizes)| Step::Count { is_this, sizes });
    let change = (0..3_usize, 0..3_usize, any::<Index>(), 1..4_u16)
        .prop_map(|(add, remove, which, weight)| Step::Change { add, remove, which, weight });
    let arrived = prop_oneof![
        prop::collection::vec(any::<bool>(), 1..9),
        Just(vec![true]),
        Just(vec![false]),
    ];
    let most = prop_oneof![Just(0), 1..200_usize, Just(usize::MAX)];
    let step = prop_oneof![
        8 => command.prop_map(Step::Do),
        4 => change,
        2 => count,
        12 => (arrived, most).prop_map(|(complete, most)| Step::Move { complete, most }),
        2 => Just(Step::TakeBack),
        1 => (0..1100_u16, any::<Index>())
            .prop_map(|(partition, configuration)| Step::Nonsense { partition, configuration }),
    ];
    prop::collection::vec(step, 1..40)
}

fn ids_in(cluster: &Cluster, state: MemberState) -> Vec<ringway_ring::NodeId> {
    let members = cluster.members().iter();
    members.filter(|(_, member)| member.state == state).map(|(id, _)| id.clone()).collect()
}

fn command(cluster: &Cluster, step: Step) -> Command {
    match step {
        Step::Do(command) => command,
        Step::Change { add, remove, which, weight } => {
            let add = ids_in(cluster, MemberState::Spare).into_iter().take(add).collect();
            let mut remove_from = ids_in(cluster, MemberState::Active);
            let first = which.index(remove_from.len());
            remove_from.rotate_left(first);
            let stays = remove_from.pop();
            let weights = stays.into_iter().filter_map(|id| Some((id, Weight::new(weight)?)));
            let weights = weights.collect();
            let remove = remove_from.into_iter().take(remove).collect();
            Command::Change(Change { add, remove, weights })
        }
        Step::Move { complete, most } => {
            let complete = cluster.to_complete(|_, partition, _| {
                complete[usize::from(partition.get()) % complete.len()]
            });
            let go_on = cluster.moving().count() - complete.len();
            let begin = cluster.to_begin(go_on, |_| true).into_iter().take(most).collect();
            Command::Move { complete, begin }
        }
        Step::Count { is_this, sizes } => {
            let change = cluster.to_count().filter(|_| is_this);
            let bytes = cluster.partitions().iter().zip(sizes.into_iter().cycle());
            Command::Count { change: change.unwrap_or(cluster.epoch()), bytes: bytes.collect() }
        }
        Step::TakeBack => Command::TakeBack { partitions: cluster.to_take_back() },
        Step::Nonsense { partition, configuration } => {
            let epochs = usize::try_from(cluster.epoch().get()).unwrap();
            let epoch = ringway_ring::Epoch::new(configuration.index(epochs + 1) as u64);
            complete([(Partition::new(partition), epoch)].into())
        }
    }
}

fn run(cluster: &mut Cluster, steps: Vec<Step>) {
    for step in steps {
        let command = command(cluster, step);
        let before = cluster.clone();
        match cluster.apply(command.clone()) {
            Ok(epoch) => check_step(&before, &command, cluster, epoch),
            Err(refused) => assert_eq!(cluster, &before, "{refused} changed something"),
        }
        check_state(cluster);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_state_that_can_be_reached_is_sound(steps in steps(), begin in 1..5_usize) {
        let mut cluster = cluster_of(&NAMES[..begin]);
        run(&mut cluster, steps);
    }

    #[test]
    fn every_change_arrives_at_its_target(steps in steps()) {
        let mut cluster = cluster_of(&NAMES[..3]);
        run(&mut cluster, steps);
        if let Some(target) = cluster.target().cloned() {
            arrive(&mut cluster);
            for (&partition, list) in &target.lists {
                let group = cluster.group(partition).unwrap();
                prop_assert!(group.replicas.iter().map(|vnode| &vnode.node).eq(list));
            }
            check_state(&cluster);
        }
        prop_assert!(cluster.members().values().all(|it| !it.state.is_on_its_way_out()));
    }

    #[test]
    fn a_cancel_at_any_time_leads_to_a_stable_state_from_which_changes_go_on(steps in steps()) {
        let mut cluster = cluster_of(&NAMES[..3]);
        run(&mut cluster, steps);
        let had_target = cluster.target().is_some();
        prop_assert_eq!(cluster.apply(Command::Cancel).is_ok(), had_target);
        prop_assert_eq!(cluster.moving().count(), 0);
        prop_assert!(cluster.target().is_none());
        check_state(&cluster);
        cluster.apply(Command::Change(Change::default())).unwrap();
        arrive(&mut cluster);
        check_state(&cluster);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
        let _ = Cluster::from_bytes(&bytes);
    }
}
