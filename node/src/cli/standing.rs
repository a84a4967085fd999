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
        let progress = progress(status, status.handed_off_bytes);
        lines.push(format!("A change is on its way: {progress}.\n"));
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

/// How far a change is, which has copied so many bytes.
pub(super) fn progress(status: &RingStatus, copied: u64) -> String {
    let eta = status
        .eta_seconds
        .map_or(String::new(), |seconds| format!(", about {} to go", amount::duration(seconds)));
    format!(
        "{} of {} partitions left, {} moving, {} copied{eta}",
        status.partitions_left,
        status.partitions,
        status.moving,
        amount::bytes(copied),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Command;
    use crate::membership::sample::{change, cluster_of, id, newcomer};

    #[test]
    fn what_the_ring_does_not_show_is_said() {
        let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
        assert_eq!(standing(&RingStatus::of(&cluster, 7, None)), "");
        for name in ["n5", "n6"] {
            cluster.apply(Command::Join(newcomer(name))).unwrap();
        }
        cluster.apply(change(&[], &["n2"])).unwrap();
        cluster.apply(Command::Retire { nodes: [id("n6")].into() }).unwrap();
        let shown = standing(&RingStatus::of(&cluster, 5 << 20, Some(80)));
        let left = cluster.partitions_left();
        let expected = format!(
            "A change is on its way: {left} of 1024 partitions left, 0 moving, 5.0 MiB copied, \
             about 1 min 20 s to go.\n\
             Leaving: n2.\n\
             About to be stopped: n6.\n\
             Not in the ring: n5 (`ringway ring apply --add n5`).\n",
        );
        assert_eq!(shown, expected);
    }
}
