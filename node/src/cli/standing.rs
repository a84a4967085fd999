//! What a table of the ring doesn't say: who is not in it, and how far a change is.

use ringway_ring::NodeId;

use super::amount;
use crate::membership::MemberState;
use crate::ring_status::RingStatus;

/// Who is a member and not in the ring, who leaves it, and how far a change is, a line each;
/// nothing of what is not so.
pub(super) fn standing(status: &RingStatus) -> String {
    let of = |is_it: fn(MemberState) -> bool| {
        let members = status.members.iter().filter(move |(_, member)| is_it(member.state));
        members.map(|(id, _)| NodeId::as_str(id)).collect::<Vec<_>>()
    };
    let spares = of(|state| state == MemberState::Spare);
    let leaving = of(MemberState::is_on_its_way_out);
    let retired = of(|state| state == MemberState::Retired);
    let mut lines = Vec::new();
    if status.partitions_left > 0 {
        lines.push(format!("A change is on its way: {}.\n", progress(status)));
    }
    if !leaving.is_empty() {
        lines.push(format!("Leaving: {}.\n", leaving.join(", ")));
    }
    if !retired.is_empty() {
        lines.push(format!("About to be stopped: {}.\n", retired.join(", ")));
    }
    if !spares.is_empty() {
        let (names, ids) = (spares.join(", "), spares.join(","));
        lines.push(format!("Not in the ring: {names} (`ringway ring apply --add {ids}`).\n"));
    }
    lines.concat()
}

/// How far a change is that is on its way.
pub(super) fn progress(status: &RingStatus) -> String {
    let (left, moving) = (status.partitions_left, status.moving);
    let Some(change) = status.change else {
        return format!("{left} partitions left, {moving} moving");
    };
    let copied = match (change.bytes_left, change.bytes) {
        (Some(left), Some(all)) => {
            format!(", {} of {} to copy", amount::bytes(left), amount::bytes(all))
        }
        _ => String::new(),
    };
    let to_go = change.seconds_left.map(amount::duration);
    let to_go = to_go.map_or(String::new(), |duration| format!(", about {duration} to go"));
    format!("{left} of {} partitions left, {moving} moving{copied}{to_go}", change.partitions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::sample::{begin, change, cluster_of, id, newcomer, next_to_begin, step};
    use crate::membership::{Cluster, Command};

    #[test]
    fn what_the_ring_does_not_show_is_said() {
        let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
        assert_eq!(standing(&RingStatus::of(&cluster, 7, None)), "");
        for name in ["n5", "n6"] {
            cluster.apply(Command::Join(newcomer(name))).unwrap();
        }
        cluster.apply(change(&[], &["n2"])).unwrap();
        cluster.apply(Command::Retire { nodes: [id("n6")].into() }).unwrap();
        let others = "Leaving: n2.\n\
                      About to be stopped: n6.\n\
                      Not in the ring: n5 (`ringway ring apply --add n5`).\n";
        let all = cluster.partitions_left();
        let shown = |cluster: &Cluster, observed| {
            let shown = standing(&RingStatus::of(cluster, 0, observed));
            let progress = shown.strip_suffix(others).unwrap();
            let progress = progress.strip_prefix("A change is on its way: ").unwrap();
            progress.strip_suffix(".\n").unwrap().to_owned()
        };
        assert_eq!(shown(&cluster, None), format!("{all} of {all} partitions left, 0 moving"));

        let bytes = cluster.partitions().iter().map(|partition| (partition, 1 << 20)).collect();
        let change = cluster.to_count().unwrap();
        cluster.apply(Command::Count { change, bytes }).unwrap();
        step(&mut cluster);
        cluster.apply(begin([next_to_begin(&cluster).pop_first().unwrap()].into())).unwrap();
        let left = cluster.partitions_left();
        let expected = format!(
            "{left} of {all} partitions left, 1 moving, {left}.0 MiB of {all}.0 MiB to copy, about \
             1 min 20 s to go"
        );
        assert_eq!(shown(&cluster, Some(80)), expected);
    }
}
