//! Plans, carried out step by step on a model of HAProxy and its files, and interrupted after
//! each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use proptest::prelude::*;
use ringway_ring::{Epoch, Health, PartitionCount, ReplicationFactor, ViewNode};

use super::*;

/// HAProxy as the steps leave it: what it serves by, and what it would start with.
#[derive(Clone, Debug)]
struct Model {
    running: Observed,
    files: Observed,
}

impl Model {
    fn new() -> Self {
        let servers: BTreeMap<_, _> = Slot::all().map(|slot| (slot, Server::NOBODY)).collect();
        let empty = Observed { servers, map: RingMap::default() };
        Self { running: empty.clone(), files: empty }
    }

    fn take(&mut self, step: &Step) {
        match step.clone() {
            Step::Enable { slot, address } => {
                self.running.servers.insert(slot, Server::of(address));
            }
            Step::Disable(slot) => {
                self.running.servers.get_mut(&slot).unwrap().is_enabled = false;
            }
            Step::Swap(map) => self.running.map = map,
            Step::KeepServers(servers) => self.files.servers = servers,
            Step::KeepMap(map) => self.files.map = map,
        }
    }

    /// HAProxy is replaced by one that starts from the files.
    fn restart(&mut self) {
        self.running = self.files.clone();
    }
}

/// That `seen` is the ring of one of `views`, whole: each partition's slots lead to its nodes.
fn assert_whole(seen: &Observed, views: &[View]) {
    let Some(epoch) = seen.map.epoch() else { return };
    let view = views.iter().find(|view| view.epoch() == epoch).unwrap();
    let mut slots = BTreeMap::new();
    for (&slot, server) in seen.servers.iter().filter(|(_, server)| server.is_enabled) {
        assert_eq!(slots.insert(server.address, slot), None, "{server:?} is there twice");
    }
    assert!(view.nodes().iter().all(|node| slots.contains_key(&node.address)));
    assert_eq!(seen.map, RingMap::of(view, &slots), "of epoch {epoch}");
}

fn view(epoch: u64, ports: &BTreeSet<u16>, down: Option<u16>) -> View {
    let node = |&port: &u16| ViewNode {
        health: if down == Some(port) { Health::Down } else { Health::Up },
        ..ViewNode::new(format!("n{port}").parse().unwrap(), ([10, 0, 0, 1], port).into())
    };
    let (partitions, copies) = (PartitionCount::MIN, ReplicationFactor::DEFAULT);
    View::create(Epoch::new(epoch), partitions, copies, ports.iter().map(node).collect()).unwrap()
}

fn is_done(view: &View, model: &Model) -> bool {
    let steps = plan(view, &model.running).unwrap();
    steps.iter().all(|step| matches!(step, Step::KeepServers(_) | Step::KeepMap(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Rings of changing nodes, each plan cut short anywhere, HAProxy started anew now and then.
    #[test]
    fn no_step_and_no_restart_leaves_half_a_ring(
        rings in prop::collection::vec(
            (prop::collection::btree_set(1_u16..40, 1..20), any::<u8>(), any::<bool>()),
            1..8,
        ),
    ) {
        let mut model = Model::new();
        let mut views = Vec::new();
        for (epoch, (ports, cut, restarts)) in (1..).zip(rings) {
            views.push(view(epoch, &ports, None));
            let view = views.last().unwrap();
            let steps = plan(view, &model.running).unwrap();
            let count = usize::from(cut) % (steps.len() + 1);
            for step in &steps[..count] {
                model.take(step);
                assert_whole(&model.running, &views);
                assert_whole(&model.files, &views);
            }
            if restarts {
                model.restart();
                assert_whole(&model.running, &views);
            }
        }
        // Left alone it arrives, whatever was left by those before.
        let last = views.last().unwrap();
        for step in plan(last, &model.running).unwrap() {
            model.take(&step);
        }
        prop_assert!(is_done(last, &model));
        assert_whole(&model.running, &views);
        let restarted = { let mut model = model.clone(); model.restart(); model };
        prop_assert!(is_done(last, &restarted), "it starts with the same");
        let enabled = model.running.servers.values().filter(|server| server.is_enabled).count();
        prop_assert_eq!(enabled, last.nodes().len(), "nobody else is left");
    }
}

#[test]
fn a_change_is_made_in_the_safe_order() {
    let mut model = Model::new();
    for step in plan(&view(1, &BTreeSet::from([1, 2]), None), &model.running).unwrap() {
        model.take(&step);
    }
    let steps = plan(&view(2, &BTreeSet::from([2, 3]), None), &model.running).unwrap();
    let kinds: Vec<_> = steps
        .iter()
        .map(|step| match step {
            Step::Enable { slot, address } => format!("enable {slot} {address}"),
            Step::KeepServers(servers) => {
                format!("keep {}", servers.values().filter(|server| server.is_enabled).count())
            }
            Step::KeepMap(_) => "keep map".to_owned(),
            Step::Swap(map) => format!("swap {}", map.epoch().unwrap()),
            Step::Disable(slot) => format!("disable {slot}"),
        })
        .collect();
    let expected = ["enable s3 10.0.0.1:3", "keep 3", "keep map", "swap 2", "disable s1", "keep 2"];
    assert_eq!(kinds, expected);
}

#[test]
fn the_map_lists_who_is_up_first_and_fits_into_commands() {
    let ports = BTreeSet::from([1, 2, 3]);
    let view = view(9, &ports, Some(1));
    let slots: BTreeMap<SocketAddr, Slot> =
        view.nodes().iter().map(|node| node.address).zip(Slot::all()).collect();
    let map = RingMap::of(&view, &slots);
    let text = map.to_text();
    assert_eq!(text.lines().count(), 1024 + 2 + 3 * 3);
    assert!(text.contains("\nepoch 9\n") && text.contains("\nmask 1023\n"));
    assert!(text.contains("\ns2.id n2\ns2.ip 10.0.0.1\ns2.port 2\n"), "{text}");
    let holders =
        text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
    assert!(holders.clone().all(|line| line.ends_with(":s1")), "n1 is down, so it comes last");
    assert!(holders.clone().any(|line| line.ends_with(" s2:s3:s1")));

    let payloads = map.payloads();
    assert!(payloads.iter().all(|payload| payload.len() <= 12 << 10));
    assert_eq!(payloads.concat(), text);
    assert_eq!(RingMap::parse(text.lines()), map);
}

#[test]
fn a_ring_of_more_nodes_than_slots_is_refused() {
    let refused = plan(&view(1, &(1..=65).collect(), None), &Model::new().running).unwrap_err();
    assert!(refused.to_string().contains("65 nodes"), "{refused}");
}

#[test]
fn an_operators_maintenance_is_ended_where_the_ring_needs_the_node() {
    let mut model = Model::new();
    let ring = view(1, &BTreeSet::from([1, 2]), None);
    for step in plan(&ring, &model.running).unwrap() {
        model.take(&step);
    }
    let (&slot, &server) = model.running.servers.iter().next().unwrap();
    model.running.servers.get_mut(&slot).unwrap().is_enabled = false;
    let steps = plan(&ring, &model.running).unwrap();
    assert!(steps.contains(&Step::Enable { slot, address: server.address }), "at its own slot");
    assert!(!steps.iter().any(|step| matches!(step, Step::Swap(_))));
}
