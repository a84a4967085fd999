//! The ring as it is.

use ringway_ring::{Health, View, ViewNode, Zone};

use super::columns::{Side, columns};

/// The ring of `view`: its nodes, what each holds, and what is moving.
pub(super) fn ring_table(view: &View) -> String {
    let assignment = view.assignment();
    let (copies, factor) = (assignment.list_length(), view.replication_factor());
    let (epoch, partitions) = (view.epoch(), assignment.partitions());
    let copies_of_each = match copies {
        1 => "one copy of each".to_owned(),
        _ => format!("{copies} copies of each"),
    };
    let asked_for = if usize::from(factor.get()) == copies {
        String::new()
    } else {
        format!(" ({factor} are asked for)")
    };
    let moving = match view.moving().len() {
        0 => "Nothing is moving.".to_owned(),
        1 => "One partition is moving.".to_owned(),
        count => format!("{count} partitions are moving."),
    };
    let headings = [
        ("node", Side::Left),
        ("address", Side::Left),
        ("zone", Side::Right),
        ("weight", Side::Right),
        ("health", Side::Left),
        ("primaries", Side::Right),
        ("replicas", Side::Right),
    ];
    let nodes = columns(headings, &rows(view));
    format!(
        "epoch {epoch}, {partitions} partitions, {copies_of_each}{asked_for}\n\n{nodes}\n{moving}\n"
    )
}

/// `up` or `down`.
fn health(node: &ViewNode) -> &'static str {
    match node.health {
        Health::Up => "up",
        Health::Down => "down",
    }
}

/// The name; a dash where there is none.
pub(super) fn zone(zone: &Zone) -> String {
    if zone.is_unnamed() { "-".to_owned() } else { zone.to_string() }
}

fn rows(view: &View) -> Vec<[String; 7]> {
    let mut held = vec![(0_u32, 0_u32); view.nodes().len()];
    for list in view.assignment().lists() {
        for (place, node) in list.iter().enumerate() {
            if let Some((primaries, replicas)) = held.get_mut(node.get()) {
                *primaries += u32::from(place == 0);
                *replicas += 1;
            }
        }
    }
    let row = |(node, (primaries, replicas)): (&ViewNode, (u32, u32))| {
        [
            node.id.to_string(),
            node.address.to_string(),
            zone(&node.zone),
            node.weight.to_string(),
            health(node).to_owned(),
            primaries.to_string(),
            replicas.to_string(),
        ]
    };
    view.nodes().iter().zip(held).map(row).collect()
}

#[cfg(test)]
mod tests {
    use ringway_ring::{
        Assignment, Epoch, PartitionCount, ReplicationFactor, Transition, Weight, claim,
    };

    use super::*;

    fn node(number: u8, zone: &str) -> ViewNode {
        let address = ([10, 0, 0, number], 8080).into();
        let id = format!("n{number}").parse().unwrap();
        ViewNode { zone: zone.parse().unwrap(), ..ViewNode::new(id, address) }
    }

    #[test]
    fn a_ring_shows_who_holds_how_much_and_what_moves() {
        let [one, mut two, mut three] = [(1, "a"), (2, "b"), (3, "")].map(|(n, z)| node(n, z));
        (two.weight, two.health) = (Weight::new(3).unwrap(), Health::Down);
        three.id = "three".parse().unwrap();
        let unassigned = Assignment::unassigned(PartitionCount::MIN);
        let factor = ReplicationFactor::DEFAULT;
        let assignment = claim(&unassigned, &[one.member(), two.member()], factor);
        let to = vec![three.id.clone()];
        let moving = |count| {
            let partitions = PartitionCount::MIN.iter().take(count);
            partitions.map(|partition| Transition { partition, to: to.clone() }).collect()
        };
        let nodes = || vec![one.clone(), two.clone(), three.clone()];
        let view = |count| {
            let assignment = assignment.clone();
            View::new(Epoch::new(7), factor, nodes(), assignment, moving(count)).unwrap()
        };
        let shown = ring_table(&view(12));
        let expected = "\
epoch 7, 1024 partitions, 2 copies of each (3 are asked for)

node   address        zone  weight  health  primaries  replicas
n1     10.0.0.1:8080     a       1  up            256      1024
n2     10.0.0.2:8080     b       3  down          768      1024
three  10.0.0.3:8080     -       1  up              0         0

12 partitions are moving.
";
        assert_eq!(shown, expected);
        assert!(ring_table(&view(1)).ends_with("\nOne partition is moving.\n"));
        assert!(ring_table(&view(0)).ends_with("\nNothing is moving.\n"));
    }
}
