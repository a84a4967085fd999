//! `ringway export` and `import` between clusters, and while others write.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use reqwest::Client;
use ringway_ring::Key;
use serde_json::{Map, Value};
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

use crate::desk::{Desk, PATIENCE};

/// An export without what a copy has of its own, its versions and the moments at which it ends;
/// and those moments.
fn common(export: &str) -> (String, Vec<u64>) {
    let mut ends = Vec::new();
    let of_line = |line| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        assert!(entry["version"].take().is_string(), "{line}");
        if let Some(end) = entry.as_object_mut().unwrap().remove("expires_ms") {
            ends.push(end.as_u64().unwrap());
        }
        entry.to_string() + "\n"
    };
    (export.lines().map(of_line).collect(), ends)
}

pub(crate) async fn a_store_is_the_same_in_another_cluster(desk: &Desk) {
    let octets: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    fs::write(desk.path("octets"), octets).unwrap();
    let page = "<p>Moin \"ü\"</p>\n";
    for words in [
        &["put", "octets", "--file", "octets"][..],
        &["put", "page", page, "--content-type", "text/html"],
        &["put", "brief", "expires", "--ttl", "7d"],
        &["put", "a/../b \u{1F980}", "a key"],
    ] {
        let said = desk.run(words);
        assert_eq!(said.code, 0, "{said:?}");
    }
    let there = Stack::start(with_data_files(desk)).await.unwrap();
    let url = there.nodes()[1].url();
    let elsewhere = |words: &str| format!("ringway {words} --url {url}");
    assert_eq!(desk.script(&elsewhere("ls")).out, "", "it is empty");
    let import = elsewhere("import - --parallel 64 --json");
    let tally = desk.script(&format!("ringway export --parallel 64 | {import}")).tally();
    let keys = desk.run(&["ls"]).out.lines().count();
    assert_eq!(tally, [keys as u64, 0, 0]);

    let export = elsewhere("export --parallel 64");
    desk.script(&format!("ringway export --parallel 64 -o here; {export} -o there"));
    let [one, other] = ["here", "there"].map(|name| common(&desk.read(name)));
    assert_eq!(one.0.lines().count(), keys);
    assert!(one.0 == other.0, "not the same");
    let apart: Vec<_> = one.1.iter().zip(&other.1).map(|(end, of)| end.abs_diff(*of)).collect();
    // A second's fraction is lost.
    assert!(apart.len() == 1 && apart[0] < 60_000, "{apart:?}");
    let cmp = format!("cmp octets <({})", elsewhere("get octets"));
    assert_eq!(desk.script(&cmp).code, 0);
    assert_eq!(desk.script(&elsewhere("get page")).out, page);
    let whole = desk.script(&elsewhere("export --format json")).json();
    each_node_writes_what_it_holds(desk, &there, &whole).await;
}

/// A cluster in which each key has one holder, which writes what it holds every second.
fn with_data_files(desk: &Desk) -> StackOptions {
    let path = desk.path("{id}.json").to_str().unwrap().to_owned();
    let interval = ["--persistence-interval-seconds", "1"];
    let arguments = [&interval[..], &["--replication-factor", "1", "--data-file-path", &path]];
    let node_arguments = arguments.concat().into_iter().map(str::to_owned).collect();
    StackOptions { edge: false, node_arguments, ..StackOptions::of(3) }
}

/// All files together are the `whole`, and each has its node's part.
async fn each_node_writes_what_it_holds(desk: &Desk, cluster: &Stack, whole: &Value) {
    let view = cluster.view().await.unwrap();
    let mut found = Map::new();
    let is_written = wait::until(PATIENCE, async || {
        for node in cluster.nodes() {
            let path = desk.path(&format!("{}.json", node.id()));
            let text = fs::read(path).unwrap_or_else(|_| b"{}".to_vec());
            let part: Map<String, Value> = serde_json::from_slice(&text).unwrap();
            for key in part.keys() {
                let partition = view.partition(Key::new(&**key).unwrap().position());
                let holders = view.preference_list(partition).map(|holder| &holder.id);
                assert_eq!(holders.collect::<Vec<_>>(), [node.id()], "{key}");
            }
            found.extend(part);
        }
        found.len() == whole.as_object().unwrap().len()
    });
    assert!(is_written.await, "{} are written", found.len());
    assert!(Value::Object(found) == *whole, "not the same");
}

/// What somebody writes as fast as it goes, by key and version: keys of different partitions may
/// have the same.
type Written = Arc<Mutex<BTreeMap<(String, String), String>>>;

async fn write_on(url: String, written: Written, is_enough: Arc<AtomicBool>) {
    let client = Client::builder().no_proxy().build().unwrap();
    for number in 0_u64.. {
        if is_enough.load(Ordering::SeqCst) {
            return;
        }
        // Long enough that half of one could be read.
        let value = format!("{number} ").repeat(20_000);
        let key = format!("moving/{}", number % 4);
        let put = client.put(format!("{url}/kv/{key}")).body(value.clone());
        let answer = put.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        written.lock().insert((key, answer["version"].as_str().unwrap().to_owned()), value);
    }
}

pub(crate) async fn each_value_of_an_export_is_one_that_was_written(desk: &Desk) {
    let (written, is_enough) = (Written::default(), Arc::new(AtomicBool::default()));
    let url = desk.stack.edge().url();
    let writer = tokio::spawn(write_on(url, Arc::clone(&written), Arc::clone(&is_enough)));
    assert!(wait::until(PATIENCE, async || written.lock().len() > 4).await);
    let mut exported = BTreeMap::new();
    // Until some have changed between two of them.
    while exported.len() < 12 {
        assert!(!writer.is_finished());
        let said = desk.run(&["export", "moving/"]);
        assert_eq!((said.code, said.out.lines().count()), (0, 4), "{}", said.err);
        for line in said.out.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            let [key, version, value] =
                ["key", "version", "value"].map(|it| entry[it].as_str().unwrap().to_owned());
            exported.insert((key, version), value);
        }
    }
    is_enough.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    let written = written.lock();
    for (which, value) in &exported {
        assert!(written.get(which) == Some(value), "{which:?} is no version of that value");
    }
}
