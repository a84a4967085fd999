//! The view's wire format: strict about everything but fields it does not know.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use ringway_ring::{
    Assignment, ChangeProgress, Epoch, Health, Member, NodeId, Partition, PartitionCount,
    ReplicationFactor, Transition, View, ViewError, ViewNode, Weight, claim,
};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

const FIELDS: [&str; 8] =
    ["format", "epoch", "partitions", "replication_factor", "copies", "nodes", "lists", "moving"];

fn golden() -> Value {
    serde_json::from_str(include_str!("../vectors/views/three_zones.json")).unwrap()
}

fn read(value: &Value) -> Result<View, ViewError> {
    View::from_json(value.to_string().as_bytes())
}

/// The golden view with one thing changed: what reading it says.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut value = golden();
    change(&mut value);
    match read(&value) {
        Ok(_) => panic!("accepted: {value}"),
        Err(error) => error.to_string(),
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_missing_field_is_named() {
    for field in FIELDS {
        let refusal = refusal(|view| drop(view.as_object_mut().unwrap().remove(field)));
        assert!(refusal.contains(&format!("missing field `{field}`")), "{refusal}");
    }
    for field in ["id", "address", "weight", "health"] {
        let refusal = refusal(|view| drop(view["nodes"][0].as_object_mut().unwrap().remove(field)));
        assert!(refusal.contains(&format!("missing field `{field}`")), "{refusal}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_field_of_the_wrong_type_is_refused() {
    let wrong = [json!(null), json!(true), json!([]), json!({}), json!(-1), json!(1.5)];
    for field in FIELDS {
        let is_list = matches!(field, "nodes" | "moving");
        for wrong in wrong.iter().filter(|wrong| !is_list || !wrong.is_array()) {
            let refusal = refusal(|view| view[field] = wrong.clone());
            assert!(refusal.starts_with("the view is not readable"), "{field}: {refusal}");
        }
    }
    for field in ["id", "address", "zone", "weight", "health"] {
        for wrong in &wrong {
            let refusal = refusal(|view| view["nodes"][0][field] = wrong.clone());
            assert!(refusal.starts_with("the view is not readable"), "{field}: {refusal}");
        }
    }
    for not_a_view in [json!(null), json!([]), json!("view"), json!(1)] {
        assert!(read(&not_a_view).is_err(), "{not_a_view}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_value_out_of_range_is_refused() {
    let of_view = [
        ("partitions", json!(0)),
        ("partitions", json!(512)),
        ("partitions", json!(1025)),
        ("partitions", json!(131_072)),
        ("partitions", json!(4_294_967_296_u64)),
        ("replication_factor", json!(0)),
        ("replication_factor", json!(8)),
        ("replication_factor", json!(256)),
        ("copies", json!(0)),
        ("copies", json!(8)),
        ("copies", json!(256)),
        ("epoch", json!(1e30)),
        ("nodes", json!([])),
    ];
    for (field, value) in of_view {
        refusal(|view| view[field] = value);
    }
    let of_node = [
        ("weight", json!(0)),
        ("weight", json!(65_536)),
        ("health", json!("UP")),
        ("health", json!("dead")),
        ("id", json!("")),
        ("id", json!("a b")),
        ("id", json!("x".repeat(64))),
        ("zone", json!("a/b")),
        ("address", json!("localhost:80")),
        ("address", json!("10.0.0.1")),
        ("address", json!("10.0.0.1:65536")),
        ("address", json!("10.0.0.256:80")),
        ("address", json!("::1:80")),
    ];
    for (field, value) in of_node {
        refusal(|view| view["nodes"][0][field] = value);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn another_format_is_refused_before_the_rest_is_read() {
    for format in [0, 2, u32::MAX] {
        let view = json!({ "format": format, "lists": 7 });
        match read(&view) {
            Err(ViewError::Format { found, known: 1 }) => assert_eq!(found, format),
            other => panic!("{other:?}"),
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn fields_of_later_versions_are_ignored() {
    let mut view = golden();
    view["haproxy"] = json!({ "7": ["n9"] });
    view["nodes"][0]["rack"] = json!(12);
    assert_eq!(read(&view).unwrap(), read(&golden()).unwrap());
    let mut moving = golden();
    moving["moving"] = json!([{ "partition": 7, "to": ["n1"] }]);
    let expected = read(&moving).unwrap();
    moving["moving"][0]["bytes"] = json!(12);
    assert_eq!(read(&moving).unwrap(), expected);
}

#[wasm_bindgen_test(unsupported = test)]
fn how_far_a_change_is_is_told_while_one_is_on_its_way() {
    let (view, golden) = (read(&golden()).unwrap(), golden());
    assert_eq!((view.change(), golden.get("change")), (None, None));
    let (bytes, bytes_left, seconds_left) = (Some(700), Some(70), None);
    let change =
        ChangeProgress { partitions: 100, partitions_left: 10, bytes, bytes_left, seconds_left };
    let told = view.clone().with_change(Some(change));
    let expected = json!({
        "partitions": 100,
        "partitions_left": 10,
        "bytes": 700,
        "bytes_left": 70,
        "seconds_left": null,
    });
    let wire: Value = serde_json::from_str(&told.to_json()).unwrap();
    assert_eq!(wire["change"], expected);
    assert_eq!(read(&wire).unwrap(), told);
    for wrong in [json!(true), json!([]), json!({}), json!({ "partitions": -1 })] {
        refusal(|view| view["change"] = wrong.clone());
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_contradicts_itself_is_refused() {
    let set = |field: &'static str, of: usize, to: usize| {
        refusal(|view| view["nodes"][of][field] = view["nodes"][to][field].clone())
    };
    assert_eq!(set("id", 3, 0), "two nodes are called n1");
    assert_eq!(set("address", 3, 0), "two nodes have the address 10.0.0.1:8080");
    let refused = refusal(|view| drop(view["nodes"].as_array_mut().unwrap().pop()));
    assert!(refused.contains("not there"), "six nodes can't be number 7: {refused}");
    let refused = refusal(|view| view["nodes"].as_array_mut().unwrap().reverse());
    assert_eq!(refused, "the nodes are not sorted and distinct");
}

#[wasm_bindgen_test(unsupported = test)]
fn damaged_lists_are_refused() {
    let lists = golden()["lists"].as_str().unwrap().to_owned();
    let damage = "the view's packed preference lists are damaged";
    for damaged in [
        String::new(),
        lists[4..].to_owned(),
        format!("{lists}AAAA"),
        format!("{}====", &lists[4..]),
        format!("!{}", &lists[1..]),
        format!("{}\n", &lists[1..]),
    ] {
        assert_eq!(refusal(|view| view["lists"] = json!(damaged)), damage);
    }
    let refused = refusal(|view| view["lists"] = json!(format!("AAAA{}", &lists[4..])));
    assert_eq!(refused, "partition 0 is held twice by node number 0");
    let refused = refusal(|view| view["lists"] = json!(format!("////{}", &lists[4..])));
    assert_eq!(refused, "partition 0 is held by node number 7, which is not there");
    let refused = refusal(|view| view["copies"] = json!(2));
    assert_eq!(refused, damage);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transition_that_cannot_be_is_refused_with_what_is_wrong_about_it() {
    let moving = |moving: Value| refusal(|view| view["moving"] = moving);
    let to = |to: &[&str]| moving(json!([{ "partition": 17, "to": to }]));
    assert_eq!(to(&["n1", "n8"]), "partition 17 is moving to n8, which is not there");
    assert_eq!(to(&["n1", "n2", "n1"]), "partition 17 is moving to n1 twice");
    assert_eq!(to(&[]), "partition 17 is moving to 0 nodes; it must be from 1 to 7");
    let eight = to(&["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n1"]);
    assert_eq!(eight, "partition 17 is moving to 8 nodes; it must be from 1 to 7");
    let unknown = moving(json!([{ "partition": 1024, "to": ["n1"] }]));
    assert_eq!(unknown, "partition 1024 is moving, but there are only 1024");
    let twice = json!({ "partition": 17, "to": ["n1"] });
    let other = json!({ "partition": 3, "to": ["n1"] });
    assert_eq!(moving(json!([twice, other, twice])), "partition 17 is moving twice");
    for unreadable in [
        json!([{ "partition": 65_536, "to": ["n1"] }]),
        json!([{ "partition": -1, "to": ["n1"] }]),
        json!([{ "partition": "17", "to": ["n1"] }]),
        json!([{ "partition": 17, "to": ["n 1"] }]),
        json!([{ "partition": 17, "to": "n1" }]),
        json!([{ "partition": 17 }]),
        json!([{ "to": ["n1"] }]),
        json!([17]),
    ] {
        let refused = moving(unreadable.clone());
        assert!(refused.starts_with("the view is not readable"), "{unreadable}: {refused}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn transitions_are_written_in_the_order_of_the_partitions() {
    let (three, nine) =
        (json!({ "partition": 3, "to": ["n7", "n1"] }), json!({ "partition": 9, "to": ["n2"] }));
    let mut view = golden();
    view["moving"] = json!([nine, three]);
    let read = read(&view).unwrap();
    let holders = |partition| read.preference_list(Partition::new(partition)).count();
    assert_eq!([holders(3), holders(9)], [3, 3], "who holds it does so until the end");
    let written: Value = serde_json::from_str(&read.to_json()).unwrap();
    assert_eq!(written["moving"], json!([three, nine]));
}

#[wasm_bindgen_test(unsupported = test)]
fn nothing_moves_in_a_view_that_is_made_of_nodes_alone() {
    let (partitions, copies) = (PartitionCount::MIN, ReplicationFactor::DEFAULT);
    let view = View::create(Epoch::FIRST, partitions, copies, vec![node(1), node(2)]).unwrap();
    let json: Value = serde_json::from_str(&view.to_json()).unwrap();
    assert_eq!((&json["moving"], &json["copies"]), (&json!([]), &json!(2)));
}

#[wasm_bindgen_test(unsupported = test)]
fn nodes_that_hold_nothing_and_lists_of_another_length_are_read_as_they_were_written() {
    let one = [node(5).member()];
    let alone = claimed(&one, ReplicationFactor::ONE);
    let nodes = || (1..=9).map(node).collect::<Vec<_>>();
    let to: Vec<NodeId> = ["n7", "n5", "n2"].map(|id| id.parse().unwrap()).into();
    let moving: Vec<_> = PartitionCount::MIN
        .iter()
        .map(|partition| Transition { partition, to: to.clone() })
        .collect();
    let factor = ReplicationFactor::DEFAULT;
    let view = View::new(Epoch::FIRST, factor, nodes(), alone, moving.clone()).unwrap();
    let ids: Vec<_> = view.preference_list(Partition::new(9)).map(|node| node.id.clone()).collect();
    assert_eq!(ids, [node(5).id], "the others hold nothing yet");
    assert_eq!(View::from_json(view.to_json().as_bytes()).unwrap(), view);

    // As many copies as before while fewer are asked for.
    let next = view.assignment().completed(&moving).unwrap();
    let view = View::new(Epoch::FIRST, ReplicationFactor::ONE, nodes(), next, Vec::new()).unwrap();
    assert_eq!(view.assignment().list_length(), 3);
    assert_eq!(View::from_json(view.to_json().as_bytes()).unwrap(), view);

    let missing = View::new(Epoch::FIRST, factor, vec![node(1)], view.assignment().clone(), vec![]);
    let refused = missing.unwrap_err().to_string();
    assert_eq!(refused, "partition 0 is held by n7, which is not there");
}

fn node(number: u8) -> ViewNode {
    let address = ([10, 0, 0, number], 80).into();
    ViewNode::new(format!("n{number}").parse().unwrap(), address)
}

fn claimed(members: &[Member], factor: ReplicationFactor) -> Assignment {
    claim(&Assignment::unassigned(PartitionCount::MIN), members, factor)
}

#[wasm_bindgen_test(unsupported = test)]
fn bits_that_no_index_owns_must_be_zero() {
    // 1024 indices of two bits fill 256 bytes, and base64 of these has four bits to spare.
    let factor = ReplicationFactor::ONE;
    let nodes = (1..=3).map(node).collect();
    let view = View::create(Epoch::FIRST, PartitionCount::MIN, factor, nodes).unwrap();
    let mut json: Value = serde_json::from_str(&view.to_json()).unwrap();
    let lists = json["lists"].as_str().unwrap().to_owned();
    assert!(lists.ends_with('='), "{lists}");
    let digit = lists.trim_end_matches('=').len() - 1;
    let next = char::from(lists.as_bytes()[digit] + 1);
    json["lists"] = json!(format!("{}{next}{}", &lists[..digit], &lists[digit + 1..]));
    assert!(matches!(read(&json), Err(ViewError::Packed)));
}

#[wasm_bindgen_test(unsupported = test)]
fn any_view_reads_as_it_was_written() {
    for (count, partitions, copies) in
        [(1, 1024, 1), (2, 1024, 7), (3, 2048, 3), (17, 4096, 5), (64, 1024, 4), (65, 1024, 7)]
    {
        let node = |number: u16| ViewNode {
            zone: ["", "a", "b"][usize::from(number % 3)].parse().unwrap(),
            weight: Weight::new(1 + number * 7 % 5).unwrap(),
            health: if number.is_multiple_of(4) { Health::Down } else { Health::Up },
            ..ViewNode::new(
                format!("n{number}").parse().unwrap(),
                format!("[2001:db8::{number:x}]:8080").parse().unwrap(),
            )
        };
        let partitions = PartitionCount::new(partitions).unwrap();
        let factor = ReplicationFactor::new(copies).unwrap();
        let nodes = (0..count).map(node).collect();
        let view = View::create(Epoch::new(u64::MAX), partitions, factor, nodes).unwrap();
        assert_eq!(View::from_json(view.to_json().as_bytes()).unwrap(), view);
    }
}
