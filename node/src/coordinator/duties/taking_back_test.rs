//! What becomes of a move whose next holders die.

use super::duties_test::{after, all_synced, all_well, begun, health, obey};
use super::*;
use crate::membership::sample::{change, cluster_of, id, newcomer, number};

/// A cluster of `names` to which `added` are on their way, as far as one step brings them.
fn under_way(names: &[&str], added: &[&str]) -> (Cluster, Duties, Instant) {
    let mut cluster = cluster_of(names);
    for name in added {
        cluster.apply(Command::Join(newcomer(name))).unwrap();
    }
    cluster.apply(change(added, &[])).unwrap();
    let (mut duties, start) = (Duties::default(), Instant::now());
    let there = [names, added].concat();
    let commands = duties.decide(&cluster, &all_well(&there), start);
    obey(&mut cluster, commands);
    assert!(cluster.moving().count() > 0);
    (cluster, duties, start)
}

fn moving(cluster: &Cluster) -> BTreeSet<Partition> {
    cluster.moving().map(|(partition, _)| partition).collect()
}

#[test]
fn what_would_wait_for_the_dead_goes_back_and_begins_anew_when_they_are_back() {
    let (present, added) = (["n1", "n2", "n3"], ["n4", "n5"]);
    let all = [&present[..], &added].concat();
    let (mut cluster, mut duties, start) = under_way(&present, &added);
    let has_both = |(_, group): &(Partition, &PartitionGroup)| {
        added.iter().all(|name| group.next.iter().any(|vnode| vnode.node == number(name)))
    };
    let held_up: BTreeMap<_, _> = cluster.moving().filter(has_both).collect();
    let held_up: BTreeMap<_, _> =
        held_up.into_iter().map(|(partition, group)| (partition, group.configuration)).collect();
    let all_moving = moving(&cluster);
    assert!((1..all_moving.len()).contains(&held_up.len()), "both kinds are there");

    let commands = duties.decide(&cluster, &all_well(&present), after(start, 1));
    assert_eq!(commands, [health(&[], &added)], "first all nodes have to know");
    obey(&mut cluster, commands);
    let commands = duties.decide(&cluster, &all_well(&present), after(start, 2));
    assert_eq!(commands, [Command::TakeBack { partitions: held_up.clone() }]);
    obey(&mut cluster, commands);
    let left: BTreeSet<_> =
        all_moving.iter().filter(|it| !held_up.contains_key(it)).copied().collect();
    assert_eq!(moving(&cluster), left, "who has two of three goes on, and is not copied twice");
    let commands = duties.decide(&cluster, &all_well(&present), after(start, 4));
    assert_eq!(commands, [], "nothing that needs them begins");

    obey(&mut cluster, vec![health(&added, &[])]);
    let (mut now, mut again) = (after(start, 6), BTreeSet::new());
    while cluster.target().is_some() {
        let commands = duties.decide(&cluster, &all_synced(&cluster, &all), now);
        again.append(&mut begun(&commands));
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    assert!(held_up.keys().all(|partition| again.contains(partition)), "the change arrives");
    let holds = |name: &str| cluster.holds_anything(number(name));
    assert!(added.iter().all(|name| holds(name)) && cluster.members().contains_key(&id("n4")));
}

#[test]
fn one_of_three_next_holders_that_dies_takes_nothing_back() {
    let (mut cluster, mut duties, start) = under_way(&["n1", "n2", "n3"], &["n4"]);
    let there = all_well(&["n1", "n2", "n3"]);
    obey(&mut cluster, vec![health(&[], &["n4"])]);
    assert_eq!(duties.decide(&cluster, &there, after(start, 2)), []);
}

#[test]
fn where_the_present_holders_are_dead_too_nothing_is_taken_back() {
    let (mut cluster, mut duties, start) = under_way(&["n1", "n2", "n3"], &["n4", "n5"]);
    obey(&mut cluster, vec![health(&[], &["n2", "n3", "n4", "n5"])]);
    assert_eq!(duties.decide(&cluster, &all_well(&["n1"]), after(start, 2)), []);
}

#[test]
fn where_all_move_as_one_all_go_back() {
    let (mut cluster, mut duties, start) = under_way(&["n1"], &["n2", "n3"]);
    let all = moving(&cluster);
    obey(&mut cluster, vec![health(&[], &["n2", "n3"])]);
    let commands = duties.decide(&cluster, &all_well(&["n1"]), after(start, 2));
    obey(&mut cluster, commands);
    assert_eq!(moving(&cluster), BTreeSet::new());
    obey(&mut cluster, vec![health(&["n2", "n3"], &[])]);
    let there = all_well(&["n1", "n2", "n3"]);
    let commands = duties.decide(&cluster, &there, after(start, 9));
    assert_eq!(begun(&commands), all);
}

#[test]
fn what_was_begun_anew_meanwhile_is_not_taken_back() {
    let (mut cluster, _, _) = under_way(&["n1", "n2", "n3"], &["n4", "n5"]);
    obey(&mut cluster, vec![health(&[], &["n4", "n5"])]);
    let partitions = cluster.to_take_back();
    let begin = partitions.keys().copied().collect();
    obey(
        &mut cluster,
        vec![
            Command::TakeBack { partitions: partitions.clone() },
            Command::Move { complete: BTreeMap::new(), begin },
        ],
    );
    let before = cluster.clone();
    cluster.apply(Command::TakeBack { partitions }).unwrap_err();
    assert_eq!(cluster, before);
}
