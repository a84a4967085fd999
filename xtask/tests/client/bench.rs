//! `ringway bench` before a real cluster: what it asks for, counts and writes.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::desk::{Desk, Said, begun, ended};
use crate::terminal::Terminal;

/// `ringway bench` with `words`, told the rest by environment variables.
fn bench(desk: &Desk, words: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = desk.ringway(&["bench"]);
    command.args(words).envs(variables.iter().copied()).env("BASE_URL", desk.stack.edge().url());
    ended(begun(command))
}

/// What it counted, of a run in which nothing went wrong.
fn counted(desk: &Desk, words: &[&str], variables: &[(&str, &str)]) -> Value {
    let said = bench(desk, words, &[variables, &[("JSON", "true")]].concat());
    assert_eq!((said.code, &*said.err), (0, ""), "{said:?}");
    let results = said.json();
    assert_eq!(results["failures"], 0, "{results}");
    results
}

fn operations(results: &Value) -> Vec<&str> {
    results["operations"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The rows of a file that `--csv` wrote.
fn rows(desk: &Desk, name: &str) -> Vec<Vec<String>> {
    let text = desk.read(name);
    let (header, rows) = text.split_once('\n').unwrap();
    assert_eq!(header, "start_us,latency_us,service_us,operation,outcome,status,node,epoch,bytes");
    rows.lines().map(|row| row.split(',').map(str::to_owned).collect()).collect()
}

pub(crate) async fn options_may_come_from_the_environment(desk: &Desk) {
    let variables = [
        ("NUM_REQUESTS", "50"),
        ("NUM_CLIENTS", "4"),
        ("READ_PERCENTAGE", "100"),
        ("KEYS", "40"),
        ("VALUE_SIZE", "10..100:zipfian"),
        ("KEY_DISTRIBUTION", "zipfian"),
        ("CSV", "a.csv"),
        ("CSV_INTERVALS", "intervals.csv"),
    ];
    let results = counted(desk, &[], &variables);
    assert_eq!((&results["requests"], &results["clients"]), (&200.into(), &4.into()));
    assert_eq!(operations(&results), ["read"]);
    let quantile = |name: &str| results["latency_us"][name].as_f64().unwrap();
    let in_order = ["p50", "p90", "p99", "p99.9", "max"].map(quantile);
    assert!(in_order[0] > 0.0 && in_order.is_sorted(), "{results}");
    let epoch = desk.stack.view().await.unwrap().epoch().to_string();
    let rows = rows(desk, "a.csv");
    assert_eq!(rows.len(), 200);
    for row in &rows {
        assert_eq!(row[3..6], ["read", "done", "200"], "{row:?}");
        assert!(["n1", "n2", "n3"].contains(&&*row[6]) && row[7] == epoch, "{row:?}");
        assert!(row[1].parse::<f64>().unwrap() > 0.0, "{row:?}");
        assert!((10..=100).contains(&row[8].parse::<u32>().unwrap()), "{row:?}");
    }
    let intervals = desk.read("intervals.csv");
    let succeeded = intervals.lines().skip(1).map(|row| row.split(',').nth(2).unwrap());
    assert_eq!(succeeded.map(|count| count.parse::<u32>().unwrap()).sum::<u32>(), 200);
    // A flag counts for more than a variable.
    let results = counted(desk, &["--num-requests", "3", "--all-methods"], &variables[..2]);
    assert_eq!(results["requests"], 12);
}

pub(crate) fn every_workload_asks_for_what_it_should(desk: &Desk) {
    for (letter, expected) in [
        ("a", &["read", "update"][..]),
        ("b", &["read", "update"]),
        ("c", &["read"]),
        ("d", &["insert", "read"]),
        ("e", &["insert", "scan"]),
        ("f", &["read", "read-modify-write"]),
    ] {
        let size = ["--num-clients", "4", "--num-requests", "50", "--keys", "100"];
        let results = counted(desk, &size, &[("YCSB", letter)]);
        assert_eq!(operations(&results), expected, "{letter}: {results}");
        assert_eq!(results["requests"], 200, "{letter}");
    }
    let size = [("NUM_REQUESTS", "40"), ("NUM_CLIENTS", "4")];
    let results = counted(desk, &["--all-methods"], &size);
    assert_eq!(operations(&results), ["delete", "insert", "read"]);
    // An open loop starts what is due, whether anybody is free to send it or not.
    let flags = ["--rate", "200", "--arrivals", "constant", "--duration", "1s", "--keys", "20"];
    let said = bench(desk, &flags, &[("JSON", "1")]);
    let results = said.json();
    let of = |name: &str| results[name].as_u64().unwrap();
    let due = of("requests") + of("unsent") + of("unfinished");
    assert!((190..=210).contains(&due), "{results}");
    assert!(results["service_us"]["p99"].is_number(), "{results}");
}

pub(crate) fn who_served_what_is_told(desk: &Desk) {
    let results = counted(desk, &["--keys", "300"], &[("TEST_DISTRIBUTION", "1")]);
    let distribution = &results["distribution"];
    let nodes = distribution["nodes"].as_array().unwrap();
    let sum = |name: &str| nodes.iter().map(|node| node[name].as_f64().unwrap()).sum::<f64>();
    let names: Vec<_> = nodes.iter().map(|node| node["node"].as_str().unwrap()).collect();
    assert_eq!(names, ["n1", "n2", "n3"]);
    for name in ["keys", "first_holder", "by_weight"] {
        assert!((sum(name) - 300.0).abs() < 1e-6, "{name}: {distribution}");
    }
    let probability = distribution["probability"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&probability), "{distribution}");
    assert!(distribution["peak_to_average"].as_f64().unwrap() >= 1.0, "{distribution}");
    let shown = bench(desk, &["--keys", "30"], &[("TEST_DISTRIBUTION", "1")]).out;
    assert!(shown.contains("peak ÷ average") && shown.contains("χ²"), "{shown}");
}

pub(crate) async fn servers_come_and_go_meanwhile(desk: &Desk) {
    let flags = ["--keys", "200", "--steady", "300ms", "--num-clients", "4"];
    let said = bench(desk, &flags, &[("TEST_ADD_OR_REMOVE", "1"), ("JSON", "1")]);
    let results = said.json();
    // What fails is told, not hidden.
    assert_eq!(said.code, i32::from(results["failures"] != 0), "{said:?}");
    let changes = results["changes"].as_array().unwrap();
    let servers = changes.iter().map(|change| change["servers"].as_array().unwrap().len());
    assert_eq!(servers.collect::<Vec<_>>(), [4, 3]);
    for change in changes {
        let moved = change["keys_with_another_first_holder"].as_u64().unwrap();
        assert!(change["keys"] == 200 && (1..150).contains(&moved), "{change}");
        assert!(change["copies_moved"].as_u64().unwrap() >= moved, "{change}");
        let [agreed, settled] = ["agreed_seconds", "settled_seconds"].map(|it| change[it].as_f64());
        assert!(agreed <= settled, "{change}");
    }
    let phases = results["phases"].as_array().unwrap();
    let names: Vec<_> = phases.iter().map(|phase| phase["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["before", "while adding", "in between", "while removing", "after"]);
    let answered = phases.iter().map(|phase| phase["latency_us"]["requests"].as_u64().unwrap());
    assert!(answered.clone().all(|count| count > 0), "{results}");
    assert_eq!(answered.sum::<u64>() + results["failures"].as_u64().unwrap(), results["requests"]);
    desk.stack.settle().await.unwrap();
}

/// Somebody looks on for a moment, and ends it. Leaves `live.csv` and `report.html`.
pub(crate) async fn a_run_is_seen_while_it_goes_on(desk: &Desk) {
    let run = "bench --keys 100 --duration 10m --csv live.csv --report report.html --base-url";
    let line = format!("{run} {}", desk.stack.edge().url());
    let Some(terminal) = Terminal::at(desk).await else {
        let short = line.replace("10m", "1s");
        assert_eq!(desk.run(&short.split(' ').collect::<Vec<_>>()).code, 0);
        return;
    };
    terminal.enter(&format!("ringway {line}"));
    let parts = [" requests/s, ", " so far, ", "p50 ", "p99.9 ", "n1 ", "n2 ", "n3 "];
    let is_live =
        |screen: &str| parts.iter().all(|part| screen.contains(part)) && !screen.contains("p50 -");
    let screen = terminal.sees(is_live).await;
    assert_eq!(screen.matches(" so far, ").count(), 1, "drawn anew, in its place: {screen}");
    terminal.press("C-c");
    let screen = terminal.sees(|screen| screen.contains("answers' bodies")).await;
    assert!(screen.contains("It was interrupted"), "{screen}");
    assert!(!screen.contains(" so far, "), "the view is gone: {screen}");
    assert_eq!(terminal.status().await, 130);
    let told: BTreeSet<_> = rows(desk, "live.csv").into_iter().map(|row| row.len()).collect();
    assert_eq!(told, BTreeSet::from([9]), "whole rows");
}

pub(crate) fn two_runs_are_compared(desk: &Desk) {
    let slower = |row: &str| {
        let (start, rest) = row.split_once(',')?;
        let (latency, rest) = rest.split_once(',')?;
        Some(format!("{start},{},{rest}", latency.parse::<f64>().ok()? * 3.0))
    };
    let text = desk.read("a.csv");
    let rows = text.lines().map(|row| slower(row).unwrap_or_else(|| row.to_owned()) + "\n");
    fs::write(desk.path("b.csv"), rows.collect::<String>()).unwrap();
    let same = desk.run(&["bench", "compare", "a.csv", "a.csv"]);
    assert!(same.code == 0 && same.out.contains("no more than noise"), "{same:?}");
    let worse = desk.run(&["bench", "compare", "a.csv", "b.csv", "--json"]);
    assert_eq!((worse.code, &worse.json()["worse"]), (1, &true.into()), "{worse:?}");
    let figure = &worse.json()["figures"][0];
    assert_eq!((&figure["figure"], &figure["verdict"]), (&"p50".into(), &"worse".into()));
    let better = desk.run(&["bench", "compare", "b.csv", "a.csv"]);
    assert!(better.code == 0 && better.out.contains("B is better"), "{better:?}");
    let none = desk.run(&["bench", "compare", "a.csv", "none.csv"]);
    assert!(none.code == 66 && none.err.contains("none.csv can't be read"), "{none:?}");
}

pub(crate) fn what_can_not_be_is_told(desk: &Desk) {
    let few = "ringway bench --keys 5 --num-requests 5 --base-url $RINGWAY_URL";
    for (line, code, why) in [
        (format!("{few} --csv /dev/full"), 74, "/dev/full can't be written: No space left"),
        (format!("{few} --report none/it.html"), 74, "none/it.html can't be written"),
        (format!("{few} --json >/dev/full"), 74, "the standard output can't be written"),
        (format!("{few} --ycsb g"), 64, "--ycsb"),
        ("ringway bench --base-url http://127.0.0.1:1".to_owned(), 69, "is the stack up?"),
    ] {
        let said = desk.script(&line);
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(said.err.contains(why), "{line}: {said:?}");
    }
}
