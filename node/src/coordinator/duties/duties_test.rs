//! What is proposed when, by hand.

use std::num::NonZeroU16;

use ringway_ring::Epoch;

use super::*;
use crate::membership::sample::{arrive, change, cluster_of, id, newcomer, number};
use crate::membership::{PartitionGroup, SettingsChange, Target};

const NAMES: [&str; 4] = ["n1", "n2", "n3", "n4"];

/// All of `names` answer, and have caught up.
pub(super) fn all_well(names: &[&str]) -> Sightings {
    let well = Progress { is_caught_up: true, ..Progress::default() };
    names.iter().map(|name| (number(name), Some(well.clone()))).collect()
}

/// As [`all_well`], and all that moves in `cluster` has arrived: but what has too few of its
/// present holders among `names` to be known in full.
pub(super) fn all_synced(cluster: &Cluster, names: &[&str]) -> Sightings {
    let mut sightings = all_well(names);
    for (partition, group) in cluster.moving().filter(|(_, group)| is_readable(group, names)) {
        for vnode in &group.next {
            if let Some(Some(progress)) = sightings.get_mut(&vnode.node) {
                progress.synced.push((partition, group.configuration));
            }
        }
    }
    sightings
}

/// Whether more than half of the holders are among `names`.
fn is_readable(group: &PartitionGroup, names: &[&str]) -> bool {
    is_majority(group.replicas.iter().map(|vnode| vnode.node), names)
}

fn is_majority(list: impl ExactSizeIterator<Item = NodeNumber>, names: &[&str]) -> bool {
    let there: BTreeSet<_> = names.iter().map(|name| number(name)).collect();
    let all = list.len();
    list.filter(|node| there.contains(node)).count() * 2 > all
}

/// The partitions that `commands` begin to move.
pub(super) fn begun(commands: &[Command]) -> BTreeSet<Partition> {
    let begins = |command: &Command| match command {
        Command::Move { begin, .. } => begin.clone(),
        _ => BTreeSet::new(),
    };
    commands.iter().flat_map(begins).collect()
}

pub(super) fn after(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

pub(super) fn health(up: &[&str], down: &[&str]) -> Command {
    let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect();
    Command::Health { up: ids(up), down: ids(down) }
}

/// Does what `commands` say.
pub(super) fn obey(cluster: &mut Cluster, commands: Vec<Command>) {
    for command in commands {
        cluster.apply(command).unwrap();
    }
}

#[test]
fn where_all_is_well_nothing_is_proposed() {
    let cluster = cluster_of(&NAMES);
    let mut duties = Duties::default();
    assert_eq!(duties.decide(&cluster, &all_well(&NAMES), Instant::now()), []);
}

#[test]
fn who_is_gone_is_down_at_once_and_up_when_it_has_caught_up() {
    let mut cluster = cluster_of(&NAMES);
    let (mut duties, now) = (Duties::default(), Instant::now());
    let gone = all_well(&NAMES[..3]);
    let commands = duties.decide(&cluster, &gone, now);
    assert_eq!(commands, [health(&[], &["n4"])]);
    obey(&mut cluster, commands);
    assert_eq!(duties.decide(&cluster, &gone, now), [], "known already");
    let mut back = all_well(&NAMES);
    for behind in [None, Some(Progress::default())] {
        back.insert(number("n4"), behind);
        assert_eq!(duties.decide(&cluster, &back, now), [], "it answers, and is behind");
    }
    assert_eq!(duties.decide(&cluster, &all_well(&NAMES), now), [health(&["n4"], &[])]);
}

#[test]
fn moves_begin_and_end_until_the_change_is_done() {
    let mut cluster = cluster_of(&NAMES);
    let moving_max = NonZeroU16::new(128).unwrap();
    let settings = SettingsChange { moving_max: Some(moving_max), ..SettingsChange::default() };
    cluster.apply(Command::Settings(settings)).unwrap();
    cluster.apply(Command::Join(newcomer("n5"))).unwrap();
    cluster.apply(change(&["n5"], &[])).unwrap();
    let names = ["n1", "n2", "n3", "n4", "n5"];
    let (mut duties, start) = (Duties::default(), Instant::now());
    let before = cluster.epoch().get();
    let mut rounds = 0;
    while cluster.target().is_some() {
        let now = start + rounds * Settings::PACE;
        let commands = duties.decide(&cluster, &all_synced(&cluster, &names), now);
        obey(&mut cluster, commands);
        rounds += 1;
        let moving = cluster.moving().count();
        assert!(moving <= usize::from(cluster.settings().moving_max.get()));
        let early = now + Settings::PACE / 2;
        assert_eq!(duties.decide(&cluster, &all_well(&names), early), [], "nothing has arrived");
        let commands = duties.decide(&cluster, &all_synced(&cluster, &names), early);
        let is_last = cluster.partitions_left() == moving;
        assert_eq!(commands.is_empty(), !is_last, "it waits until the next may begin");
        obey(&mut cluster, commands);
    }
    assert!(rounds > 2, "1024 partitions don't move at once: {rounds}");
    assert_eq!(cluster.epoch().get() - before, u64::from(rounds) + 1, "a view for each step");
    assert!(cluster.holds_anything(number("n5")));
}

#[test]
fn a_move_waits_for_the_last_of_its_holders_and_not_for_other_moves() {
    let names = ["n1", "n2", "n3", "n4", "n5"];
    let mut cluster = cluster_of(&names);
    cluster.apply(change(&[], &["n5"])).unwrap();
    let (mut duties, now) = (Duties::default(), Instant::now());
    let commands = duties.decide(&cluster, &all_well(&names), now);
    obey(&mut cluster, commands);
    let mut sightings = all_synced(&cluster, &names);
    let epochs = cluster.moving().map(|(_, group)| group.configuration);
    let other: Vec<_> = cluster
        .moving()
        .map(|(partition, _)| partition)
        .zip(epochs.map(|epoch| Epoch::new(epoch.get() - 1)))
        .collect();
    let late = Progress { synced: other, is_caught_up: true, ..Progress::default() };
    sightings.insert(number("n1"), Some(late));
    let commands = duties.decide(&cluster, &sightings, now);
    assert_eq!(commands, [], "the rest may come in a moment");
    let commands = duties.decide(&cluster, &sightings, now + Settings::PACE);
    let completes = |command: &Command| match command {
        Command::Move { complete, .. } => complete.keys().copied().collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let ended: Vec<_> = commands.iter().flat_map(completes).collect();
    assert!(!ended.is_empty());
    for partition in ended {
        let group = cluster.group(partition).unwrap();
        assert!(group.next.iter().all(|vnode| vnode.node != number("n1")), "{partition}");
    }
}

#[test]
fn who_is_away_for_too_long_is_replaced() {
    let mut cluster = cluster_of(&NAMES);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let gone = all_well(&NAMES[..3]);
    let commands = duties.decide(&cluster, &gone, start);
    obey(&mut cluster, commands);
    assert_eq!(duties.decide(&cluster, &gone, after(start, 599)), []);
    let commands = duties.decide(&cluster, &gone, after(start, 600));
    assert_eq!(commands, [change(&[], &["n4"])]);
    obey(&mut cluster, commands);
    let mut now = start;
    while cluster.target().is_some() {
        let commands = duties.decide(&cluster, &all_synced(&cluster, &NAMES[..3]), now);
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    assert!(!cluster.holds_anything(number("n4")));
    assert_eq!(duties.decide(&cluster, &gone, after(start, 9999)), []);
}

#[test]
fn who_comes_back_in_time_starts_anew() {
    let mut cluster = cluster_of(&NAMES);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let commands = duties.decide(&cluster, &all_well(&NAMES[..3]), start);
    obey(&mut cluster, commands);
    let commands = duties.decide(&cluster, &all_well(&NAMES), after(start, 500));
    obey(&mut cluster, commands);
    let commands = duties.decide(&cluster, &all_well(&NAMES[..3]), after(start, 501));
    obey(&mut cluster, commands);
    assert_eq!(duties.decide(&cluster, &all_well(&NAMES[..3]), after(start, 1100)), []);
}

#[test]
fn the_next_coordinator_has_counted_along() {
    let mut cluster = cluster_of(&NAMES);
    let (mut first, mut next, start) = (Duties::default(), Duties::default(), Instant::now());
    let commands = first.decide(&cluster, &all_well(&NAMES[..3]), start);
    obey(&mut cluster, commands);
    let reaches = |node| node != number("n4");
    next.watch(&cluster, reaches, after(start, 1));
    next.watch(&cluster, reaches, after(start, 500));
    assert_eq!(next.decide(&cluster, &all_well(&NAMES[..3]), after(start, 600)), []);
    // It leads for a moment only, and again.
    next.watch(&cluster, |_| false, after(start, 600));
    let commands = next.decide(&cluster, &all_well(&NAMES[..3]), after(start, 601));
    assert_eq!(commands, [change(&[], &["n4"])]);
}

#[test]
fn who_looks_on_counts_nobody_who_is_up_or_whom_it_reaches() {
    let mut cluster = cluster_of(&NAMES);
    let (mut duties, start) = (Duties::default(), Instant::now());
    duties.watch(&cluster, |_| false, start);
    cluster.apply(health(&[], &["n4"])).unwrap();
    duties.watch(&cluster, |_| true, start);
    for seconds in [600, 1199] {
        let commands = duties.decide(&cluster, &all_well(&NAMES[..3]), after(start, seconds));
        assert_eq!(commands, [], "n4 is missing since the first of these looks");
    }
    duties.watch(&cluster, |_| true, after(start, 1199));
    let commands = duties.decide(&cluster, &all_well(&NAMES[..3]), after(start, 1200));
    assert_eq!(commands, [], "it was back");
}

#[test]
fn nobody_is_replaced_where_nobody_could_take_over() {
    let mut cluster = cluster_of(&NAMES[..3]);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let gone = all_well(&NAMES[..2]);
    let commands = duties.decide(&cluster, &gone, start);
    obey(&mut cluster, commands);
    assert_eq!(duties.decide(&cluster, &gone, after(start, 9999)), []);
}

#[test]
fn a_change_that_waits_for_who_is_lost_is_cancelled_and_then_it_is_replaced() {
    let mut cluster = cluster_of(&NAMES);
    let settings = SettingsChange { grace_seconds: Some(60), ..SettingsChange::default() };
    cluster.apply(Command::Settings(settings)).unwrap();
    cluster.apply(Command::Join(newcomer("n5"))).unwrap();
    cluster.apply(change(&["n5"], &[])).unwrap();
    let (mut duties, start) = (Duties::default(), Instant::now());
    let gone = all_well(&NAMES);
    let commands = duties.decide(&cluster, &gone, start);
    obey(&mut cluster, commands);
    let commands = duties.decide(&cluster, &gone, after(start, 60));
    assert_eq!(commands, [Command::Cancel]);
    obey(&mut cluster, commands);
    assert_eq!(cluster.target(), None::<&Target>);
    let commands = duties.decide(&cluster, &gone, after(start, 61));
    assert_eq!(commands, [], "n5 has got nothing yet, so nothing is lost with it");
    arrive(&mut cluster);
}

#[test]
fn what_two_lost_nodes_leave_unreadable_holds_up_nothing_else() {
    let names = ["n1", "n2", "n3", "n4", "n5"];
    let there = &names[2..];
    let mut cluster = cluster_of(&names);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let commands = duties.decide(&cluster, &all_well(there), start);
    obey(&mut cluster, commands);
    let mut now = after(start, 600);
    let commands = duties.decide(&cluster, &all_well(there), now);
    assert_eq!(commands, [change(&[], &["n1", "n2"])]);
    obey(&mut cluster, commands);
    for _ in 0..200 {
        let commands = duties.decide(&cluster, &all_synced(&cluster, there), now);
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    assert_healed_but_for(&cluster, &["n1", "n2"], there);
    assert_eq!(cluster.target(), None::<&Target>, "what is left can't go on, and is cancelled");
    assert_eq!(duties.decide(&cluster, &all_well(there), now), [], "nor is it begun again");

    cluster.apply(Command::Join(newcomer("n6"))).unwrap();
    cluster.apply(change(&["n6"], &["n1", "n2"])).unwrap();
    let there = ["n3", "n4", "n5", "n6"];
    for _ in 0..200 {
        let commands = duties.decide(&cluster, &all_synced(&cluster, &there), now);
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    assert_eq!(cluster.target(), None::<&Target>);
    assert!(cluster.holds_anything(number("n6")), "other changes are made meanwhile");
    assert_healed_but_for(&cluster, &["n1", "n2"], &there);

    let back = ["n2", "n3", "n4", "n5", "n6"];
    let commands = duties.decide(&cluster, &all_well(&back), now);
    assert_eq!(commands, [health(&["n2"], &[]), change(&[], &["n1"])]);
    obey(&mut cluster, commands);
    while cluster.target().is_some() {
        let commands = duties.decide(&cluster, &all_synced(&cluster, &back), now);
        assert!(!commands.is_empty(), "n2 has what was missing");
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    assert!(!cluster.holds_anything(number("n1")));
}

/// Nothing is moving, and what `lost` hold yet is what those who are `there` can't tell.
fn assert_healed_but_for(cluster: &Cluster, lost: &[&str], there: &[&str]) {
    assert_eq!(cluster.moving().count(), 0, "what can't arrive does not set out");
    let lost: Vec<_> = lost.iter().map(|name| number(name)).collect();
    let mut unreadable = 0;
    for (partition, group) in cluster.groups() {
        let is_held_by_lost = group.replicas.iter().any(|vnode| lost.contains(&vnode.node));
        assert_eq!(is_held_by_lost, !is_readable(group, there), "{partition}");
        unreadable += usize::from(is_held_by_lost);
    }
    assert!(unreadable > 0, "some had both");
}

#[test]
fn what_moves_as_one_is_cancelled_where_a_part_of_it_is_lost() {
    let mut cluster = cluster_of(&NAMES);
    cluster.apply(change(&[], &["n1", "n2"])).unwrap();
    assert!(cluster.target().unwrap().is_one_move);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let there = all_well(&NAMES[2..]);
    let commands = duties.decide(&cluster, &there, start);
    assert_eq!(commands, [health(&[], &["n1", "n2"])], "some had both");
    obey(&mut cluster, commands);
    assert_eq!(duties.decide(&cluster, &there, after(start, 599)), []);
    assert_eq!(duties.decide(&cluster, &there, after(start, 600)), [Command::Cancel]);
}

#[test]
fn nothing_moves_to_where_it_could_not_be_read() {
    let names = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"];
    let mut cluster = cluster_of(&names);
    cluster.apply(change(&[], &["n5", "n6", "n7", "n8"])).unwrap();
    let there = ["n1", "n3", "n5", "n6", "n7", "n8"];
    let (mut duties, mut now) = (Duties::default(), Instant::now());
    let is_all_of = |list: &[NodeNumber]| list.iter().all(|node| there.map(number).contains(node));
    assert!(cluster.target().unwrap().lists.values().all(|list| !is_all_of(list)));
    for _ in 0..4 {
        let commands = duties.decide(&cluster, &all_synced(&cluster, &there), now);
        assert_eq!(begun(&commands), BTreeSet::new(), "each of them needs n2 or n4");
        obey(&mut cluster, commands);
        now += Settings::PACE;
    }
    let back = ["n1", "n2", "n3", "n5", "n6", "n7", "n8"];
    let commands = duties.decide(&cluster, &all_synced(&cluster, &back), now);
    let begun = begun(&commands);
    let lists = cluster.target().unwrap().lists.clone();
    assert_eq!(begun.len(), 32);
    assert!(begun.iter().all(|partition| is_majority(lists[partition].iter().copied(), &back)));
    obey(&mut cluster, commands);
    assert!(begun.iter().all(|partition| !lists[partition].contains(&number("n4"))));
}

#[test]
fn moves_that_wait_for_somebody_leave_their_places_to_others() {
    let names = ["n1", "n2", "n3", "n4", "n5", "n6"];
    let mut cluster = cluster_of(&names);
    cluster.apply(change(&[], &["n6"])).unwrap();
    let (mut duties, mut now) = (Duties::default(), Instant::now());
    let commands = duties.decide(&cluster, &all_well(&names), now);
    assert_eq!(begun(&commands).len(), 32);
    obey(&mut cluster, commands);
    let needs = |group: &PartitionGroup, name: &str| {
        group.next.iter().any(|vnode| vnode.node == number(name))
    };
    let waits = |name: &&str| cluster.moving().filter(|(_, group)| needs(group, name)).count();
    let gone = *names[..5].iter().max_by_key(|name| waits(name)).unwrap();
    let waiting = waits(&gone);
    assert!(waiting > 16, "else the others alone would keep more from beginning: {waiting}");

    let there: Vec<_> = names.into_iter().filter(|name| *name != gone).collect();
    now += Settings::PACE;
    let commands = duties.decide(&cluster, &all_well(&there), now);
    let more = begun(&commands);
    assert_eq!(more.len(), waiting, "as many as wait");
    obey(&mut cluster, commands);
    let all = more.iter().map(|&partition| cluster.group(partition).unwrap());
    assert!(all.clone().all(|group| !needs(group, gone)), "nor would these arrive");

    now += Settings::PACE;
    let commands = duties.decide(&cluster, &all_well(&names), now);
    assert_eq!(commands, [health(&[gone], &[])], "it is back: that is enough at once");
}

#[test]
fn what_moves_as_one_waits_for_all_whom_it_needs() {
    let mut cluster = cluster_of(&NAMES[..2]);
    cluster.apply(Command::Join(newcomer("n3"))).unwrap();
    cluster.apply(change(&["n3"], &[])).unwrap();
    assert!(cluster.target().unwrap().is_one_move);
    let (mut duties, start) = (Duties::default(), Instant::now());
    let without = all_well(&NAMES[..2]);
    let commands = duties.decide(&cluster, &without, start);
    assert_eq!(commands, [health(&[], &["n3"])]);
    obey(&mut cluster, commands);
    let mut now = start + Settings::PACE;
    assert_eq!(duties.decide(&cluster, &without, now), [], "all or none");
    let commands = duties.decide(&cluster, &all_well(&NAMES[..3]), now);
    assert_eq!(begun(&commands).len(), cluster.groups().count());
    obey(&mut cluster, commands);
    now += Settings::PACE;
    let commands = duties.decide(&cluster, &all_synced(&cluster, &NAMES[..3]), now);
    obey(&mut cluster, commands);
    assert_eq!(cluster.target(), None::<&Target>);

    cluster.apply(change(&[], &["n3"])).unwrap();
    let commands = duties.decide(&cluster, &without, now + Settings::PACE);
    assert_eq!(begun(&commands).len(), cluster.groups().count(), "who leaves is not needed");
}
