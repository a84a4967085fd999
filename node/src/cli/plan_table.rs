//! What a change of the ring would do, before anybody does it.

use std::cmp::Reverse;

use ringway_ring::{LoadChange, Member, NodePlan};

use super::amount;
use super::columns::{Side, columns};
use super::ring_table::zone;
use crate::ring_plan::RingPlan;

/// As many of the links as fit a screen.
const LINKS_MAX: usize = 20;

/// What `plan` would do: the nodes and how much each holds before and after, what moves
/// against the least that could, how long it takes, and what goes from whom to whom.
pub(super) fn plan_table(plan: &RingPlan) -> String {
    let headings = [
        ("node", Side::Left),
        ("zone", Side::Right),
        ("weight", Side::Right),
        ("health", Side::Left),
        ("primaries", Side::Right),
        ("share", Side::Right),
        ("replicas", Side::Right),
        ("share", Side::Right),
        ("", Side::Left),
    ];
    let rows: Vec<_> = plan.nodes.iter().map(|node| row(plan, node)).collect();
    let nodes = columns(headings, &rows);
    format!("{nodes}\n{}{}", summary(plan), links(plan))
}

fn row(plan: &RingPlan, node: &NodePlan) -> [String; 9] {
    let id = &node.member().id;
    let change = match (&node.present, &node.next) {
        (None, _) => "joins",
        (_, None) => "leaves",
        _ => "",
    };
    [
        id.to_string(),
        of_member(node, |member| zone(&member.zone)),
        of_member(node, |member| member.weight.to_string()),
        if plan.down.contains(id) { "down" } else { "up" }.to_owned(),
        load(node.primaries),
        format!("{:.1}", node.primaries.share),
        load(node.replicas),
        format!("{:.1}", node.replicas.share),
        change.to_owned(),
    ]
}

fn of_member(node: &NodePlan, what: impl Fn(&Member) -> String) -> String {
    match (&node.present, &node.next) {
        (Some(present), Some(next)) => changed(&what(present), &what(next)),
        _ => what(node.member()),
    }
}

fn load(load: LoadChange) -> String {
    changed(&load.before.to_string(), &load.after.to_string())
}

fn changed(before: &str, after: &str) -> String {
    if before == after { after.to_owned() } else { format!("{before} → {after}") }
}

fn summary(plan: &RingPlan) -> String {
    let &RingPlan { vnodes, least, moved_to_least, bytes_per_second, .. } = plan;
    if plan.lists == 0 {
        return "Nothing moves.\n".to_owned();
    }
    let lists = match plan.lists {
        1 => "one preference list changes".to_owned(),
        count => format!("{count} preference lists change"),
    };
    let time = amount::duration(plan.seconds);
    if vnodes == 0 {
        return format!("No vnode moves; {lists}, which takes about {time}.\n");
    }
    let (copied, rate) = (amount::bytes(plan.bytes), amount::bytes(bytes_per_second));
    let assumed = if plan.is_rate_assumed { ", which is a guess: no limit is set" } else { "" };
    let unsized_partitions = match plan.unsized_partitions {
        0 => String::new(),
        count => {
            format!("Not counted are {count} partitions whose size nobody tells at present.\n")
        }
    };
    format!(
        "{vnodes} vnodes move; the least possible is {least} ({moved_to_least:.2}); {lists}.\n\
         {copied} to copy, at {rate}/s to each node{assumed}. All of it takes about {time}.\n\
         {unsized_partitions}"
    )
}

/// The links that carry most, the heaviest first.
fn links(plan: &RingPlan) -> String {
    if plan.links.is_empty() {
        return String::new();
    }
    let mut heaviest: Vec<_> = plan.links.iter().collect();
    heaviest.sort_by_key(|link| (Reverse(link.bytes), Reverse(link.vnodes)));
    let rows: Vec<_> = heaviest
        .iter()
        .take(LINKS_MAX)
        .map(|link| {
            let (from, to) = (link.from.to_string(), link.to.to_string());
            [from, to, link.vnodes.to_string(), amount::bytes(link.bytes)]
        })
        .collect();
    let headings =
        [("from", Side::Left), ("to", Side::Left), ("vnodes", Side::Right), ("bytes", Side::Right)];
    let more = match heaviest.len().saturating_sub(LINKS_MAX) {
        0 => String::new(),
        more => format!("… and {more} more\n"),
    };
    format!("\n{}{more}", columns(headings, &rows))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use ringway_ring::{
        Assignment, Epoch, PartitionCount, Plan, ReplicationFactor, Weight, Zone, claim,
    };

    use super::*;
    use crate::membership::Settings;

    fn member(number: u8) -> Member {
        Member::new(format!("n{number}").parse().unwrap())
    }

    /// What becomes of n1 to n3, of which n3 is down.
    fn plan(next: &[Member]) -> RingPlan {
        let present = [1, 2, 3].map(member);
        let (unassigned, factor) =
            (Assignment::unassigned(PartitionCount::MIN), ReplicationFactor::ONE);
        let held = claim(&unassigned, &present, factor);
        let plan = Plan::new(&held, &present, next, factor, |_| 1 << 20);
        let down = [member(3).id].into();
        let limit = NonZeroU64::new(10 << 20);
        let settings = Settings { handoff_bytes_per_second: limit, ..Settings::default() };
        RingPlan { down, ..RingPlan::new(&plan, Epoch::FIRST, &settings) }
    }

    fn planned(next: &[Member]) -> String {
        plan_table(&plan(next))
    }

    #[test]
    fn a_plan_shows_everything_before_and_after() {
        let zone: Zone = "b".parse().unwrap();
        let next = [
            Member { weight: Weight::new(2).unwrap(), ..member(1) },
            Member { zone, ..member(2) },
            member(4),
        ];
        let shown = planned(&next);
        let expected = "\
node   zone  weight  health  primaries  share   replicas  share
n1        -   1 → 2  up      341 → 511  512.0  341 → 511  512.0
n2    - → b       1  up      342 → 257  256.0  342 → 257  256.0
n3        -       1  down      341 → 0    0.0    341 → 0    0.0  leaves
n4        -       1  up        0 → 256  256.0    0 → 256  256.0  joins

426 vnodes move; the least possible is 426 (1.00); 426 preference lists change.
426.0 MiB to copy, at 10.0 MiB/s to each node. All of it takes about 28 s.

from  to  vnodes      bytes
n3    n4     208  208.0 MiB
n3    n1     133  133.0 MiB
n2    n4      48   48.0 MiB
n2    n1      37   37.0 MiB
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_plan_that_changes_nothing_says_so() {
        let shown = planned(&[1, 2, 3].map(member));
        assert!(shown.ends_with("\n\nNothing moves.\n"), "{shown}");
        assert!(!shown.contains("from"), "{shown}");
    }

    #[test]
    fn an_order_that_changes_is_told_with_its_time() {
        let known = plan(&[1, 2].map(member));
        let reordered = RingPlan { vnodes: 0, lists: 300, seconds: 75, ..known };
        let shown = plan_table(&reordered);
        let said = "No vnode moves; 300 preference lists change, which takes about 1 min 15 s.";
        assert!(shown.contains(said), "{shown}");
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let known = plan(&[1, 2].map(member));
        assert!(!plan_table(&known).contains("Not counted"));
        let guessed = RingPlan { is_rate_assumed: true, unsized_partitions: 3, ..known };
        let shown = plan_table(&guessed);
        assert!(shown.contains("which is a guess"), "{shown}");
        assert!(shown.contains("Not counted are 3 partitions"), "{shown}");
    }

    #[test]
    fn of_many_links_the_heaviest_are_shown() {
        let shown = planned(&(1..=20).map(member).collect::<Vec<_>>());
        assert!(shown.ends_with("\n… and 31 more\n"), "{shown}");
    }
}
