//! What the cluster does and refuses, case by case.

mod invariants;
mod progress;
mod properties;
mod tokens;

use std::collections::BTreeSet;

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, Health, Partition};

use super::sample::{
    self, arrive, begin, change, cluster_of, complete, id, newcomer, next_to_begin, number, step,
};
use super::{Change, Cluster, Command, MemberState, Refused, SettingsChange};
use crate::disk_id::DiskId;

const P0: Partition = Partition::new(0);

fn state(cluster: &Cluster, name: &str) -> MemberState {
    cluster.members()[&id(name)].state
}

fn refused(cluster: &Cluster, command: Command) -> Refused {
    let mut after = cluster.clone();
    let refused = after.apply(command).unwrap_err();
    assert_eq!(&after, cluster, "a refusal changes nothing");
    refused
}

#[test]
fn a_cluster_begins_with_one_node_that_holds_everything() {
    let cluster = cluster_of(&["n1"]);
    assert_eq!(cluster.epoch(), Epoch::FIRST);
    let group = cluster.group(P0).unwrap();
    assert_eq!(group.since(number("n1")), Some(Epoch::FIRST));
    assert_eq!(cluster.view().nodes().len(), 1);
    assert_eq!(cluster.list_length(), 1);
    let again = Command::Bootstrap(sample::bootstrap("n1"));
    assert!(matches!(refused(&cluster, again), Refused::AlreadyBootstrapped { .. }));
}

#[test]
fn who_joins_is_a_spare_until_a_change_adds_it_and_after_one_removes_it() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    assert_eq!(state(&cluster, "n4"), MemberState::Spare);
    assert!(!cluster.holds_anything(number("n4")));

    cluster.apply(change(&["n4"], &["n2"])).unwrap();
    assert_eq!(state(&cluster, "n4"), MemberState::Active);
    assert_eq!(state(&cluster, "n2"), MemberState::Leaving);
    assert!(cluster.holds_anything(number("n2")), "nothing has moved yet");

    arrive(&mut cluster);
    assert_eq!(state(&cluster, "n2"), MemberState::Spare);
    assert!(!cluster.holds_anything(number("n2")));
    assert!(cluster.holds_anything(number("n4")));
    cluster.apply(Command::Leave { node: id("n2") }).unwrap();
    assert!(!cluster.members().contains_key(&id("n2")));
}

#[test]
fn fewer_nodes_than_copies_move_all_partitions_as_one() {
    let mut cluster = cluster_of(&["n1"]);
    cluster.apply(Command::Join(newcomer("n2"))).unwrap();
    cluster.apply(change(&["n2"], &[])).unwrap();
    let all = next_to_begin(&cluster);
    assert_eq!(all.len(), 1024, "however few the settings allow to move at once");

    let some = begin([P0].into());
    assert_eq!(refused(&cluster, some), Refused::AllAtOnce { named: 1, all: 1024 });
    let begun = cluster.apply(begin(all)).unwrap();
    let but_one = cluster.to_complete(|_, partition, _| partition != P0);
    assert!(but_one.is_empty());
    let some = complete([(P0, begun)].into());
    assert_eq!(refused(&cluster, some), Refused::AllAtOnce { named: 1, all: 1024 });

    let all = cluster.to_complete(|_, _, _| true);
    cluster.apply(complete(all)).unwrap();
    assert_eq!(cluster.list_length(), 2);
    let group = cluster.group(P0).unwrap();
    assert_eq!(group.since(number("n1")), Some(Epoch::FIRST), "held without a break");
    assert_eq!(group.since(number("n2")), Some(begun));
}

#[test]
fn changes_of_settings_that_are_asked_for_at_once_all_hold() {
    let before = cluster_of(&["n1"]);
    let rate = 1_000_000.try_into().ok();
    let changes = [
        SettingsChange { grace_seconds: Some(7), ..SettingsChange::default() },
        SettingsChange { moving_max: Some(5.try_into().unwrap()), ..SettingsChange::default() },
        SettingsChange { handoff_bytes_per_second: Some(rate), ..SettingsChange::default() },
    ];
    let all = |changes: &[SettingsChange]| {
        let mut cluster = before.clone();
        for &change in changes {
            cluster.apply(Command::Settings(change)).unwrap();
        }
        cluster.settings()
    };
    let settings = all(&changes);
    assert_eq!(settings.grace_seconds, 7);
    assert_eq!(settings.moving_max.get(), 5);
    assert_eq!(settings.handoff_bytes_per_second, rate);
    let [one, two, three] = changes;
    assert_eq!(all(&[three, one, two]), settings, "in whichever order they are agreed on");
    let unlimited =
        SettingsChange { handoff_bytes_per_second: Some(None), ..SettingsChange::default() };
    assert_eq!(all(&[three, unlimited]), before.settings(), "a limit is taken away");
}

#[test]
fn moves_are_bounded_by_the_settings() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    let moving_max = Some(7.try_into().unwrap());
    let settings = SettingsChange { moving_max, ..SettingsChange::default() };
    cluster.apply(Command::Settings(settings)).unwrap();
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    let first = next_to_begin(&cluster);
    assert_eq!(first.len(), 7);
    cluster.apply(begin(first.clone())).unwrap();
    assert_eq!(next_to_begin(&cluster), BTreeSet::new());

    let one = *first.first().unwrap();
    let arrived = cluster.to_complete(|_, partition, _| partition == one);
    cluster.apply(complete(arrived)).unwrap();
    assert_eq!(next_to_begin(&cluster).len(), 1);
}

#[test]
fn moves_end_and_others_begin_in_one_view_or_not_at_all() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    step(&mut cluster);
    cluster.apply(begin(next_to_begin(&cluster))).unwrap();
    let complete = cluster.to_complete(|_, _, _| true);
    let begin = cluster.to_begin(0, |_| true);
    assert!(!complete.is_empty() && !begin.is_empty());

    let arrived = *complete.first_key_value().unwrap().0;
    let nonsense = Command::Move { complete: complete.clone(), begin: [arrived].into() };
    assert_eq!(refused(&cluster, nonsense), Refused::NotToBegin { partition: arrived });

    let both = Command::Move { complete: complete.clone(), begin: begin.clone() };
    let at = cluster.apply(both).unwrap();
    assert!(cluster.moving().map(|(partition, _)| partition).eq(begin));
    for partition in complete.into_keys().chain(cluster.moving().map(|(partition, _)| partition)) {
        assert_eq!(cluster.group(partition).unwrap().configuration, at, "{partition}");
    }
}

#[test]
fn a_partition_arrives_when_every_next_holder_has_synced_it_in_its_present_configuration() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    let one: Partition = *next_to_begin(&cluster).first().unwrap();
    let begun = cluster.apply(begin([one].into())).unwrap();
    let next: Vec<NodeNumber> =
        cluster.group(one).unwrap().next.iter().map(|vnode| vnode.node).collect();
    for missing in &next {
        assert!(cluster.to_complete(|node, _, _| node != *missing).is_empty());
    }
    assert_eq!(cluster.to_complete(|_, _, at| at == begun), [(one, begun)].into());

    // Begun anew, it is another move, and who synced the first has not synced this one.
    cluster.apply(Command::Cancel).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    let again = cluster.apply(begin([one].into())).unwrap();
    let late = complete([(one, begun)].into());
    let not_moving = Refused::NotMoving { partition: one, configuration: begun };
    assert_eq!(refused(&cluster, late), not_moving);
    assert_eq!(cluster.to_complete(|_, _, at| at == again), [(one, again)].into());
}

#[test]
fn what_arrived_before_a_cancel_stays_and_who_has_it_is_in_the_ring() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    for name in ["n4", "n5"] {
        cluster.apply(Command::Join(newcomer(name))).unwrap();
    }
    cluster.apply(change(&["n4"], &[])).unwrap();
    let begun: Vec<_> = next_to_begin(&cluster).into_iter().take(2).collect();
    cluster.apply(begin(begun.iter().copied().collect())).unwrap();
    let arrived = cluster.to_complete(|_, partition, _| partition == begun[0]);
    cluster.apply(complete(arrived)).unwrap();
    let at = cluster.apply(Command::Cancel).unwrap();

    assert_eq!(cluster.target(), None);
    assert_eq!(cluster.moving().count(), 0);
    assert_eq!(state(&cluster, "n4"), MemberState::Active);
    assert_eq!(cluster.group(begun[1]).unwrap().configuration, at);
    assert!(!cluster.group(begun[1]).unwrap().contains(number("n4")));

    // Cancelled before anything arrived, the newcomer is what it was.
    cluster.apply(change(&["n5"], &["n1"])).unwrap();
    cluster.apply(begin(next_to_begin(&cluster))).unwrap();
    cluster.apply(Command::Cancel).unwrap();
    assert_eq!(state(&cluster, "n5"), MemberState::Spare);
    assert_eq!(state(&cluster, "n1"), MemberState::Active);
}

#[test]
fn a_cancelled_weight_is_taken_back() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
    let before = cluster.members()[&id("n3")].weight;
    let weights = [(id("n3"), "2".parse().unwrap())].into();
    cluster.apply(Command::Change(Change { weights, ..Change::default() })).unwrap();
    assert_ne!(cluster.members()[&id("n3")].weight, before);
    cluster.apply(Command::Cancel).unwrap();
    assert_eq!(cluster.members()[&id("n3")].weight, before);
}

#[test]
fn one_change_at_a_time_and_the_refusal_says_which_is_under_way() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &["n2"])).unwrap();
    let sentence = refused(&cluster, change(&[], &["n3"])).to_string();
    assert!(sentence.contains("adding n4, removing n2"), "{sentence}");
    cluster.apply(Command::Cancel).unwrap();
    cluster.apply(change(&[], &["n3"])).unwrap();
}

fn retire(names: &[&str]) -> Command {
    Command::Retire { nodes: names.iter().map(|name| id(name)).collect() }
}

#[test]
fn who_retires_gives_all_away_is_retired_then_and_may_be_forgotten() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4", "n5"]);
    cluster.apply(Command::Join(newcomer("n6"))).unwrap();
    let begun = cluster.apply(retire(&["n4", "n6"])).unwrap();
    assert_eq!(state(&cluster, "n4"), MemberState::Retiring);
    assert_eq!(state(&cluster, "n6"), MemberState::Retired, "it held nothing");
    assert_eq!(cluster.apply(retire(&["n4"])), Ok(begun), "it is on its way");
    let early = Command::Leave { node: id("n4") };
    assert_eq!(refused(&cluster, early.clone()), Refused::InTheRing { id: id("n4") });

    arrive(&mut cluster);
    assert_eq!(state(&cluster, "n4"), MemberState::Retired);
    assert!(!cluster.holds_anything(number("n4")));
    let late = change(&["n4"], &[]);
    assert_eq!(refused(&cluster, late), Refused::Retired { id: id("n4") });
    cluster.apply(early).unwrap();
    assert!(!cluster.members().contains_key(&id("n4")));
}

#[test]
fn who_is_forgotten_is_the_retired_node_and_no_other_of_its_name() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    let forget = Command::Forget { node: id("n4"), disk: newcomer("n4").disk };
    let epoch = cluster.epoch();
    assert_eq!(cluster.apply(forget.clone()), Ok(epoch), "it is not retired");
    let epoch = cluster.apply(retire(&["n4"])).unwrap();
    let other = Command::Forget { node: id("n4"), disk: DiskId::new([0xba; 16]) };
    assert_eq!(cluster.apply(other), Ok(epoch));
    cluster.apply(forget.clone()).unwrap();
    assert!(!cluster.members().contains_key(&id("n4")));
    let epoch = cluster.epoch();
    assert_eq!(cluster.apply(forget), Ok(epoch), "it is forgotten already");
}

#[test]
fn who_leaves_the_ring_already_can_be_told_to_retire_then() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4", "n5"]);
    cluster.apply(change(&[], &["n5"])).unwrap();
    cluster.apply(retire(&["n5"])).unwrap();
    assert_eq!(state(&cluster, "n5"), MemberState::Retiring);
    assert!(matches!(refused(&cluster, retire(&["n4"])), Refused::ChangeUnderWay { .. }));
    arrive(&mut cluster);
    assert_eq!(state(&cluster, "n5"), MemberState::Retired);
}

#[test]
fn who_retires_stays_where_the_change_is_cancelled() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
    cluster.apply(retire(&["n4"])).unwrap();
    cluster.apply(Command::Cancel).unwrap();
    assert_eq!(state(&cluster, "n4"), MemberState::Active);
}

#[test]
fn nobody_retires_where_too_few_would_be_left() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
    let copies = cluster.replication_factor();
    let too_few = Refused::TooFewLeft { left: 2, copies };
    assert_eq!(refused(&cluster, retire(&["n3", "n4"])), too_few);
    let stranger = Refused::NoSuchMember { id: id("n9") };
    assert_eq!(refused(&cluster, retire(&["n4", "n9"])), stranger);
    cluster.apply(retire(&["n4"])).unwrap();
    arrive(&mut cluster);
    let too_few = Refused::TooFewLeft { left: 2, copies };
    assert_eq!(refused(&cluster, retire(&["n3", "n4"])), too_few);
}

#[test]
fn a_node_that_died_while_it_was_joining_can_be_removed_after_a_cancel() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    cluster.apply(change(&["n4"], &[])).unwrap();
    step(&mut cluster);
    cluster.apply(begin(next_to_begin(&cluster))).unwrap();
    cluster.apply(Command::Health { up: [].into(), down: [id("n4")].into() }).unwrap();
    assert!(matches!(refused(&cluster, change(&[], &["n4"])), Refused::ChangeUnderWay { .. }));
    cluster.apply(Command::Cancel).unwrap();
    cluster.apply(change(&[], &["n4"])).unwrap();
    arrive(&mut cluster);
    assert_eq!(state(&cluster, "n4"), MemberState::Spare);
    assert!(!cluster.holds_anything(number("n4")));
}

#[test]
fn health_is_a_hint_that_touches_no_configuration() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    let before = cluster.clone();
    let down = Command::Health { up: [].into(), down: [id("n2")].into() };
    let epoch = cluster.apply(down.clone()).unwrap();
    assert_eq!(epoch, before.epoch().next());
    assert_eq!(cluster.members()[&id("n2")].health, Health::Down);
    assert!(cluster.groups().eq(before.groups()));
    assert_eq!(cluster.apply(down), Ok(epoch), "no news is no new view");
}

#[test]
fn a_member_may_come_back_elsewhere_but_only_with_its_disk() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    let mut moved = newcomer("n2");
    moved.client = "10.0.9.9:8080".parse().unwrap();
    let epoch = cluster.apply(Command::Join(moved.clone())).unwrap();
    assert_eq!(cluster.members()[&id("n2")].client, moved.client);
    assert_eq!(cluster.apply(Command::Join(moved.clone())), Ok(epoch), "nothing is left to do");

    moved.disk = DiskId::new([0xba; 16]);
    let replaced = refused(&cluster, Command::Join(moved.clone()));
    assert!(matches!(replaced, Refused::OtherDisk { .. }), "{replaced}");
    moved.peer = "10.0.9.9:9090".parse().unwrap();
    let taken = refused(&cluster, Command::Join(moved.clone()));
    assert!(matches!(taken, Refused::IdTaken { .. }), "it answers at its own address: {taken}");
    cluster.apply(Command::Health { up: [].into(), down: [id("n2")].into() }).unwrap();
    let replaced = refused(&cluster, Command::Join(moved));
    assert!(matches!(replaced, Refused::OtherDisk { .. }), "{replaced}");
}

#[test]
fn two_names_of_one_number_are_refused() {
    let mut cluster = cluster_of(&["n1"]);
    let (one, other) = sample::colliding_names();
    cluster.apply(Command::Join(newcomer(&one))).unwrap();
    let refused = refused(&cluster, Command::Join(newcomer(&other)));
    assert_eq!(refused, Refused::NumberTaken { id: id(&other), other: id(&one) });
}

#[test]
fn addresses_are_one_nodes_alone() {
    let cluster = cluster_of(&["n1", "n2"]);
    let mut third = newcomer("n3");
    third.client = cluster.members()[&id("n2")].peer;
    let by_n2 = Refused::AddressTaken { address: third.client, by: id("n2") };
    assert_eq!(refused(&cluster, Command::Join(third.clone())), by_n2);
    third.client = third.peer;
    let by_itself = Refused::AddressTaken { address: third.peer, by: id("n3") };
    assert_eq!(refused(&cluster, Command::Join(third)), by_itself);
}

#[test]
fn what_is_so_already_is_nothing_to_do() {
    let mut cluster = cluster_of(&["n1", "n2", "n3"]);
    cluster.apply(Command::Join(newcomer("n4"))).unwrap();
    let weights = [(id("n2"), cluster.members()[&id("n2")].weight)].into();
    let add = [id("n1"), id("n2")].into();
    let is_so = Command::Change(Change { add, remove: [id("n4")].into(), weights });
    let epoch = cluster.epoch();
    assert_eq!(cluster.apply(is_so.clone()), Ok(epoch));
    assert_eq!(cluster.target(), None);

    // Of what is half so, the other half is done, and only that is undone by a cancel.
    let half_so = change(&["n1", "n2", "n4"], &[]);
    let begun = cluster.apply(half_so.clone()).unwrap();
    assert_eq!(cluster.target().unwrap().added, [id("n4")].into());
    assert_eq!(cluster.apply(half_so.clone()), Ok(begun), "it is on its way");
    assert!(matches!(refused(&cluster, is_so), Refused::ChangeUnderWay { .. }));
    cluster.apply(Command::Cancel).unwrap();
    assert_eq!(state(&cluster, "n1"), MemberState::Active);
    assert_eq!(state(&cluster, "n4"), MemberState::Spare);

    cluster.apply(half_so.clone()).unwrap();
    arrive(&mut cluster);
    let epoch = cluster.epoch();
    assert_eq!(cluster.apply(half_so), Ok(epoch));
}

#[test]
fn a_plan_is_what_the_change_then_does() {
    let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
    cluster.apply(Command::Join(newcomer("n5"))).unwrap();
    let weights = [(id("n3"), "2".parse().unwrap()), (id("n5"), "3".parse().unwrap())].into();
    let wanted = Change { add: [id("n5")].into(), remove: [id("n2")].into(), weights };
    let plan = cluster.plan(&wanted, |_| 1).unwrap();
    cluster.apply(Command::Change(wanted.clone())).unwrap();
    assert_eq!(cluster.target().unwrap().lists.len(), plan.changed());
    assert!(matches!(cluster.plan(&wanted, |_| 1), Err(Refused::ChangeUnderWay { .. })));
    arrive(&mut cluster);
    assert_eq!(&cluster.assignment(), plan.target());
    assert_eq!(cluster.plan(&wanted, |_| 1).unwrap().changed(), 0);
}

#[test]
fn a_change_that_makes_no_sense_is_refused() {
    let mut cluster = cluster_of(&["n1", "n2"]);
    cluster.apply(Command::Join(newcomer("n3"))).unwrap();
    let n = id;
    let weight = Change { weights: [(n("n3"), "2".parse().unwrap())].into(), ..Change::default() };
    for (command, expected) in [
        (change(&["n9"], &[]), Refused::NoSuchMember { id: n("n9") }),
        (change(&["n3"], &["n3"]), Refused::AddedAndRemoved { id: n("n3") }),
        (change(&[], &["n1", "n2"]), Refused::NobodyLeft),
        (Command::Change(weight), Refused::NotInTheRing { id: n("n3") }),
        (Command::Leave { node: n("n1") }, Refused::InTheRing { id: n("n1") }),
        (Command::Leave { node: n("n9") }, Refused::NoSuchMember { id: n("n9") }),
        (begin([P0].into()), Refused::NoChangeUnderWay),
        (complete([].into()), Refused::NoChangeUnderWay),
        (Command::Cancel, Refused::NoChangeUnderWay),
    ] {
        assert_eq!(refused(&cluster, command), expected);
    }
}
