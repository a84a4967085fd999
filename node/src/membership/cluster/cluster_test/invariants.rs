//! What holds of every state that can be reached, and of every step.

use std::collections::BTreeSet;

use ringway_ring::Epoch;

use crate::membership::{Cluster, Command, MemberState, PartitionGroup, Vnode};
use crate::peering::node_number;

/// Checks `cluster` by itself.
pub(super) fn check_state(cluster: &Cluster) {
    let view = cluster.view();
    assert_eq!(view.epoch(), cluster.epoch());
    let bytes = cluster.to_bytes();
    assert_eq!(Cluster::from_bytes(&bytes).as_ref(), Ok(cluster));
    let numbers: BTreeSet<_> = cluster.members().keys().map(node_number).collect();
    assert_eq!(numbers.len(), cluster.members().len());
    for (_, group) in cluster.groups() {
        check_group(cluster, group);
        assert!(group.replicas.iter().chain(&group.next).all(|it| numbers.contains(&it.node)));
    }
    for (id, member) in cluster.members() {
        let holds = cluster.holds_anything(node_number(id));
        let is_out = matches!(member.state, MemberState::Spare | MemberState::Retired);
        assert!(!(holds && is_out), "{id} is {:?} and holds", member.state);
        assert!(!member.state.is_on_its_way_out() || cluster.target().is_some());
    }
    assert!(cluster.members().values().any(|member| member.state == MemberState::Active));
    match cluster.target() {
        None => {
            assert_eq!(cluster.moving().count(), 0);
            assert_eq!((cluster.progress(), cluster.to_count()), (None, None));
        }
        Some(target) => {
            let progress = cluster.progress().unwrap();
            assert_eq!(progress.partitions_left, target.lists.len() as u64);
            assert!(progress.partitions_left <= progress.partitions);
            assert!(progress.bytes_left <= progress.bytes);
            assert_eq!(progress.bytes.is_none(), cluster.to_count().is_some());
            assert!(!target.lists.is_empty(), "a change of which nothing is left is done");
            assert!(cluster.moving().all(|(partition, group)| {
                group.next.iter().map(|vnode| &vnode.node).eq(&target.lists[&partition])
            }));
        }
    }
}

fn check_group(cluster: &Cluster, group: &PartitionGroup) {
    assert!(group.configuration <= cluster.epoch());
    assert_eq!(group.replicas.len(), cluster.list_length());
    for vnodes in [&group.replicas, &group.next] {
        let nodes: BTreeSet<_> = vnodes.iter().map(|vnode| vnode.node).collect();
        assert_eq!(nodes.len(), vnodes.len(), "nobody is there twice");
        assert!(vnodes.iter().all(|vnode| vnode.since <= group.configuration));
    }
    for next in &group.next {
        let before = group.replicas.iter().find(|vnode| vnode.node == next.node);
        let since = before.map_or(group.configuration, |vnode| vnode.since);
        assert_eq!(next.since, since);
    }
}

/// Checks the step from `before` to `after` by `command`, which told `epoch`.
pub(super) fn check_step(before: &Cluster, command: &Command, after: &Cluster, epoch: Epoch) {
    assert_eq!(epoch, after.epoch());
    let is_changed = before != after;
    let next = if is_changed { before.epoch().next() } else { before.epoch() };
    assert_eq!(after.epoch(), next, "one epoch for each change, none for none");
    let moves =
        matches!(command, Command::Move { .. } | Command::Cancel | Command::TakeBack { .. });
    for ((_, old), (_, new)) in before.groups().zip(after.groups()) {
        if old == new {
            continue;
        }
        assert!(moves, "{command:?} touched a group");
        assert_eq!(new.configuration, after.epoch(), "whatever changes a group fences it");
        match (old.is_moving(), new.is_moving()) {
            (false, true) => assert_eq!(old.replicas, new.replicas),
            (true, false) => {
                let expected: &[Vnode] = match command {
                    Command::Cancel | Command::TakeBack { .. } => &old.replicas,
                    _ => &old.next,
                };
                assert_eq!(new.replicas, expected);
            }
            _ => panic!("{old:?} became {new:?}"),
        }
    }
}
