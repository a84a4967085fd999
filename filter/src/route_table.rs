//! A view, compiled to what a request needs of it.

use std::collections::BTreeMap;

use ringway_ring::{Epoch, NodeId, Partition, PartitionCount, Position, RouteHeader, View};

/// For each partition, the header that routes to its holders.
///
/// Built once for each view, so that a request costs a hash, a mask and two indexings,
/// without allocation. Partitions with equal lists share one text: with five nodes and
/// three copies there are at most 60 of them for 4096 partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    epoch: Epoch,
    partitions: PartitionCount,
    /// For each partition, which of `routings` is its.
    by_partition: Vec<u32>,
    /// One for each distinct list.
    routings: Vec<Routing>,
}

/// How a partition's holders are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The holders in the order in which to try them.
    pub header: RouteHeader,
    /// The first of them.
    pub first: NodeId,
}

impl Routing {
    fn of(view: &View, partition: Partition) -> Option<Self> {
        let nodes: Vec<_> = view.route(partition).collect();
        let first = nodes.first()?.id.clone();
        Some(Self { header: RouteHeader::new(view, nodes), first })
    }
}

impl RouteTable {
    /// Compiles `view`.
    #[must_use]
    pub fn new(view: &View) -> Self {
        let partitions = view.assignment().partitions();
        let mut numbers = BTreeMap::new();
        let mut routings = Vec::new();
        let number = |partition| {
            let list = view.assignment().list(partition);
            *numbers.entry(list).or_insert_with(|| {
                // A view's lists are never empty; if one were, its keys would go anywhere.
                let Some(routing) = Routing::of(view, partition) else { return u32::MAX };
                routings.push(routing);
                // Fewer than there are partitions, of which there are at most 65,536.
                u32::try_from(routings.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let by_partition = partitions.iter().map(number).collect();
        Self { epoch: view.epoch(), partitions, by_partition, routings }
    }

    /// The epoch of the view that this is compiled from.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How the holders of `position` are reached. O(1).
    #[must_use]
    pub fn routing(&self, position: Position) -> Option<&Routing> {
        let partition = self.partitions.partition(position);
        let number = *self.by_partition.get(usize::from(partition.get()))?;
        self.routings.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use ringway_ring::{Health, ReplicationFactor, ViewNode};

    use super::*;

    fn nodes(count: u8) -> Vec<ViewNode> {
        let node = |number: u8| {
            let address = ([10, 0, 0, number], 8080).into();
            ViewNode::new(format!("n{number}").parse().unwrap(), address)
        };
        (1..=count).map(node).collect()
    }

    fn view(nodes: Vec<ViewNode>) -> View {
        let copies = ReplicationFactor::DEFAULT;
        View::create(Epoch::new(7), PartitionCount::DEFAULT, copies, nodes).unwrap()
    }

    /// The table against the view itself, walked the slow way.
    fn assert_routes_as(view: &View) {
        let table = RouteTable::new(view);
        for number in 0..10_000_u32 {
            let position = Position::of(&number.to_be_bytes());
            let expected: Vec<_> = view.route(view.partition(position)).collect();
            let routing = table.routing(position).unwrap();
            assert_eq!(routing.first, expected[0].id);
            assert_eq!(routing.header, RouteHeader::new(view, expected));
        }
    }

    #[test]
    fn every_position_is_routed_as_the_view_says() {
        for count in [1, 2, 3, 5, 50] {
            assert_routes_as(&view(nodes(count)));
        }
    }

    #[test]
    fn nodes_that_are_down_are_tried_last() {
        let mut nodes = nodes(5);
        nodes[2].health = Health::Down;
        assert_routes_as(&view(nodes));
    }

    #[test]
    fn equal_lists_share_one_text() {
        let table = RouteTable::new(&view(nodes(5)));
        assert_eq!(table.by_partition.len(), 4096);
        assert!(table.routings.len() <= 5 * 4 * 3, "{}", table.routings.len());
        assert_eq!(table.epoch(), Epoch::new(7));
    }
}
