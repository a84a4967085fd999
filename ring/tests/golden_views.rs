//! Placements and views that must never change unnoticed: an edge and a node of
//! different builds, on different targets, must agree on them byte for byte.
//!
//! `vectors/views/*.json` are views in the wire format, and `vectors/placements.json`
//! says of each which members it was made of, and where keys are in it. Whoever changes
//! the claim or the format on purpose writes down what these tests then print.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::fmt::Write;

use ringway_ring::{
    Assignment, Epoch, Health, Key, Partition, PartitionCount, Position, ReplicationFactor,
    Transition, View, ViewNode, claim,
};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Deserialize)]
struct File {
    views: Vec<Golden>,
}

#[derive(Deserialize)]
struct Golden {
    name: String,
    epoch: Epoch,
    partitions: u32,
    replication_factor: ReplicationFactor,
    /// The nodes that the ring was created with, where these are others than `nodes`.
    #[serde(default)]
    created_with: Vec<ViewNode>,
    nodes: Vec<ViewNode>,
    /// Nodes that hold nothing yet. The claim that counts them in says where the first of
    /// the partitions that it changes go.
    #[serde(default)]
    joining: Vec<ViewNode>,
    /// The numbers of those partitions.
    #[serde(default)]
    moving: Vec<u16>,
    /// Of the lines `partition:id,id,id`, each ended by a line feed.
    lists_xxh64: String,
    keys: Vec<Placed>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Placed {
    key: String,
    position: String,
    partition: u16,
    replicas: Vec<String>,
}

fn goldens() -> Vec<Golden> {
    let text = include_str!("../vectors/placements.json");
    serde_json::from_str::<File>(text).unwrap().views
}

fn wire(name: &str) -> &'static str {
    match name {
        "five_nodes" => include_str!("../vectors/views/five_nodes.json"),
        "three_zones" => include_str!("../vectors/views/three_zones.json"),
        "after_a_join" => include_str!("../vectors/views/after_a_join.json"),
        "during_a_join" => include_str!("../vectors/views/during_a_join.json"),
        "one_node" => include_str!("../vectors/views/one_node.json"),
        _ => panic!("there is no vectors/views/{name}.json"),
    }
    .trim_end()
}

/// The view as this build computes it.
fn computed(golden: &Golden) -> View {
    let partitions = PartitionCount::new(golden.partitions).unwrap();
    let mut assignment = Assignment::unassigned(partitions);
    for nodes in [&golden.created_with, &golden.nodes] {
        let members: Vec<_> = nodes.iter().map(ViewNode::member).collect();
        if !members.is_empty() {
            assignment = claim(&assignment, &members, golden.replication_factor);
        }
    }
    let nodes = [&golden.nodes[..], &golden.joining].concat();
    let members: Vec<_> = nodes.iter().map(ViewNode::member).collect();
    let next = claim(&assignment, &members, golden.replication_factor);
    let to = |&partition: &Partition| next.holders(partition).cloned().collect();
    let changed =
        |&partition: &Partition| !next.holders(partition).eq(assignment.holders(partition));
    let moving = partitions.iter().filter(changed).take(golden.moving.len());
    let moving = moving.map(|partition| Transition { partition, to: to(&partition) }).collect();
    View::new(golden.epoch, golden.replication_factor, nodes, assignment, moving).unwrap()
}

fn replicas(view: &View, partition: Partition) -> Vec<String> {
    view.preference_list(partition).map(|node| node.id.to_string()).collect()
}

fn lists_xxh64(view: &View) -> String {
    let mut lines = String::new();
    for partition in view.assignment().partitions().iter() {
        writeln!(lines, "{partition}:{}", replicas(view, partition).join(",")).unwrap();
    }
    Position::of(lines.as_bytes()).to_string()
}

#[wasm_bindgen_test(unsupported = test)]
fn every_view_is_computed_and_written_as_it_ever_was() {
    for golden in goldens() {
        assert_eq!(computed(&golden).to_json(), wire(&golden.name), "{}", golden.name);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn every_view_reads_as_what_was_written() {
    for golden in goldens() {
        let view = View::from_json(wire(&golden.name).as_bytes()).unwrap();
        assert_eq!(view, computed(&golden), "{}", golden.name);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn every_partition_and_key_is_where_it_ever_was() {
    for golden in goldens() {
        let view = View::from_json(wire(&golden.name).as_bytes()).unwrap();
        assert_eq!(lists_xxh64(&view), golden.lists_xxh64, "{}", golden.name);
        for expected in golden.keys {
            let key = Key::new(expected.key.as_str()).unwrap();
            let partition = view.partition(key.position());
            let found = Placed {
                key: key.to_string(),
                position: key.position().to_string(),
                partition: partition.get(),
                replicas: replicas(&view, partition),
            };
            assert_eq!(found, expected, "{}", golden.name);
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_moves_is_held_as_before_until_it_is_there() {
    let mut moving = 0;
    for golden in goldens() {
        let view = View::from_json(wire(&golden.name).as_bytes()).unwrap();
        let partitions: Vec<_> = view.moving().iter().map(|each| each.partition.get()).collect();
        assert_eq!(partitions, golden.moving, "{}", golden.name);
        for transition in view.moving() {
            let present = replicas(&view, transition.partition);
            let joining = |id: &String| golden.joining.iter().any(|node| node.id.as_str() == id);
            assert!(!present.iter().any(joining), "{}", golden.name);
            moving += 1;
        }
    }
    assert!(moving > 0, "nothing moves in any golden view");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_node_that_is_down_is_routed_to_last() {
    let three_zones = View::from_json(wire("three_zones").as_bytes()).unwrap();
    let mut moved = 0;
    for partition in three_zones.assignment().partitions().iter() {
        let route: Vec<_> = three_zones.route(partition).collect();
        let mut sorted: Vec<_> = three_zones.preference_list(partition).collect();
        moved += usize::from(sorted[0].health == Health::Down);
        sorted.sort_by_key(|node| node.health);
        assert_eq!(route, sorted, "{partition}");
    }
    assert!(moved > 0, "no primary is down: the golden view proves nothing");
}

/// Sizes that edges are built for: 64 KiB is what a proxy buffers without being asked.
#[wasm_bindgen_test(unsupported = test)]
fn large_views_stay_small_on_the_wire() {
    let size = |nodes: u16, partitions: u32| {
        let node = |index: u16| {
            let [high, low] = index.to_be_bytes();
            let address = ([10, 1, high, low], 8080).into();
            ViewNode::new(format!("node-{index:04}").parse().unwrap(), address)
        };
        let partitions = PartitionCount::new(partitions).unwrap();
        let nodes = (0..nodes).map(node).collect();
        let view = View::create(Epoch::FIRST, partitions, ReplicationFactor::DEFAULT, nodes);
        let view = view.unwrap();
        let json = view.to_json();
        assert_eq!(View::from_json(json.as_bytes()).unwrap(), view);
        json.len()
    };
    let (small, large) = (size(100, 4096), size(1000, 16_384));
    println!("4096 × 3 over 100 nodes: {small} bytes; 16,384 × 3 over 1,000: {large} bytes");
    assert!(small < 32 << 10, "4096 × 3 over 100 nodes: {small} bytes");
    assert!(large <= 200 << 10, "16,384 × 3 over 1,000 nodes: {large} bytes");
}
