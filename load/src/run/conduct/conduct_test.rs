//! Whole runs against a server whose every answer is known.

mod stub;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use clap::Parser;
use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, View, ViewNode};

use super::{Ended, conduct};
use crate::args::LoadArgs;
use crate::output::LiveView;
use crate::run::plan::Plan;
use crate::run::{Results, RunError};
use crate::stats::Outcome;
use stub::{Reply, Stub};
use tokio::task::LocalSet;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    load: LoadArgs,
}

/// Runs `ringway bench` with `words` against `stub`.
fn bench(stub: &Stub, words: &[&str]) -> Result<Results, RunError> {
    let (results, outcome) = run(&[&["bench", "--base-url", stub.url()], words].concat());
    outcome.map(|()| results.unwrap())
}

fn run(line: &[&str]) -> Ended {
    let plan = Plan::new(&Line::parse_from(line).load, None).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, conduct(plan, None, LiveView::none()))
}

fn count(results: &Results, outcome: Outcome) -> u64 {
    results.tally.outcomes.get(&outcome).copied().unwrap_or(0)
}

const OK: &str = "HTTP/1.1 200 OK\r\nx-ringway-node: n7\r\ncontent-length: 2\r\n\r\nhi";

#[test]
fn every_request_is_counted_by_how_it_ended() {
    let stub = Stub::start(|_, _, number| match number % 6 {
        0 => Reply::text("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        1 => {
            Reply::text("HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhm\r\n0\r\n\r\n")
        }
        2 => Reply::text(
            "HTTP/1.1 503 Oh\r\nx-ringway-outcome: unknown\r\ncontent-length: 0\r\n\r\n",
        ),
        3 => Reply::text(
            "HTTP/1.1 503 Oh\r\nx-ringway-outcome: not-applied\r\ncontent-length: 0\r\n\r\n",
        ),
        4 => Reply::Close,
        _ => Reply::text("SMTP ready\r\n\r\n"),
    });
    let results = bench(
        &stub,
        &["--num-clients", "1", "--num-requests", "60", "--skip-load", "--read-percentage", "0"],
    );
    let results = results.unwrap();
    for outcome in [
        Outcome::NotFound,
        Outcome::Status,
        Outcome::Unknown,
        Outcome::NotApplied,
        Outcome::Broken,
        Outcome::Malformed,
    ] {
        assert_eq!(count(&results, outcome), 10, "{outcome:?}");
    }
    assert_eq!((results.tally.requests(), results.tally.failures()), (60, 60));
    assert_eq!(results.tally.failed.count(), 60);
}

#[test]
fn what_succeeds_is_counted_by_node_and_no_request_is_lost_or_sent_twice() {
    let stub = Stub::start(|_, _, _| Reply::text(OK));
    let words = ["--num-clients", "7", "--threads", "3", "--num-requests", "100", "--keys", "50"];
    let results = bench(&stub, &words).unwrap();
    assert_eq!(results.tally.succeeded(), 700);
    assert_eq!(
        results.tally.nodes.iter().map(|(name, count)| (&**name, *count)).collect::<Vec<_>>(),
        [("n7", 700)]
    );
    assert_eq!(results.tally.bytes, 1400);
    assert_eq!(stub.requests(), 750, "50 keys were stored before");
}

#[test]
fn an_answer_that_does_not_come_is_a_timeout_and_the_run_goes_on() {
    let stub = Stub::start(|_, _, number| match number {
        3 => Reply::Silence,
        _ => Reply::text(OK),
    });
    let words = ["--num-clients", "1", "--num-requests", "10", "--skip-load", "--timeout", "50ms"];
    let results = bench(&stub, &words).unwrap();
    // A slow machine may make timeouts of others as well.
    assert!(count(&results, Outcome::Timeout) >= 1);
    assert_eq!(results.tally.requests(), 10);
    assert!(results.tally.failed.max().unwrap() >= Duration::from_millis(50));
}

#[test]
fn an_open_loop_charges_a_stall_for_all_that_was_due_meanwhile() {
    let stub = Stub::start(|_, _, number| match number {
        10 => Reply::Late(Duration::from_millis(300), OK.as_bytes().to_vec()),
        _ => Reply::text(OK),
    });
    let words = ["--num-clients", "1", "--rate", "100", "--arrivals", "constant"];
    let words = [&words[..], &["--num-requests", "60", "--skip-load"]].concat();
    let results = bench(&stub, &words).unwrap();
    assert_eq!(results.tally.succeeded(), 60);
    // Twenty were due in the first two thirds of the stall, and waited for its last third.
    assert!(results.tally.all().quantile(0.70).unwrap() >= Duration::from_millis(100));
}

#[test]
fn what_is_not_sent_before_the_end_is_told() {
    let stub = Stub::start(|_, _, _| Reply::Late(Duration::from_millis(150), OK.into()));
    let words = ["--num-clients", "1", "--rate", "1000", "--arrivals", "constant"];
    let words = [&words[..], &["--duration", "100ms", "--skip-load"]].concat();
    let results = bench(&stub, &words).unwrap();
    assert_eq!(results.tally.requests() + results.tally.unsent, 100);
    assert!(results.tally.unsent >= 99, "{}", results.tally.unsent);
}

#[test]
fn every_method_is_checked_and_what_was_lost_is_found() {
    let honest = Stub::keeping_values(|_| false);
    let words = ["--all-methods", "--num-clients", "2", "--num-requests", "40"];
    let results = bench(&honest, &words).unwrap();
    assert_eq!((results.tally.succeeded(), results.tally.failures()), (80, 0));

    // The fifth value of each client is not kept.
    let forgetful = Stub::keeping_values(|key| key.ends_with("01008") || key.ends_with("01009"));
    let results = bench(&forgetful, &words).unwrap();
    assert_eq!(count(&results, Outcome::Wrong), 2);
}

#[test]
fn keys_that_cannot_be_stored_are_an_error_that_says_why() {
    let refusal = "HTTP/1.1 503 Oh\r\ncontent-length: 9\r\n\r\nno leader";
    let stub = Stub::start(|_, _, _| Reply::text(refusal));
    let error = bench(&stub, &["--num-clients", "1"]).unwrap_err().to_string();
    assert!(error.contains("503") && error.contains("no leader"), "{error}");
}

#[test]
fn nobody_there_is_an_error_that_says_where() {
    let url = Stub::start(|_, _, _| Reply::Close).into_url();
    let (results, outcome) = run(&["bench", "--base-url", &url]);
    assert!(results.is_none());
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains(&url), "{error}");
    assert_eq!(error.exit_code(), 69);
}

#[test]
fn who_served_which_keys_is_held_against_the_ring() {
    let view = view(1, 3).to_json();
    let stub =
        Stub::start(
            move |line, _, _| {
                if line.starts_with("GET /ring ") { json(&view) } else { Reply::text(OK) }
            },
        );
    let words = ["--test-distribution", "--keys", "90", "--num-clients", "4"];
    let results = bench(&stub, &words).unwrap();
    assert_eq!(results.tally.succeeded(), 90, "each key once");
    let distribution = results.distribution.unwrap();
    let served: Vec<_> = distribution.nodes.iter().map(|node| (&*node.name, node.served)).collect();
    assert_eq!(served, [("n1", 0), ("n2", 0), ("n3", 0), ("n7", 90)]);
    assert_eq!(distribution.nodes.iter().map(|node| node.first).sum::<u64>(), 90);
}

#[test]
fn servers_that_come_and_go_are_told_by_phase_and_by_what_moved() {
    let views = [view(1, 3).to_json(), view(2, 4).to_json(), view(3, 3).to_json()];
    let (changes, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stub = Stub::start(move |line, body, _| {
        let words = line.split(' ').take(2).collect::<Vec<_>>();
        let epoch = changes.load(SeqCst) + 1;
        match words[..] {
            ["POST", "/add"] | ["DELETE", "/rm"] => {
                assert_eq!(body, br#"{"n":1}"#);
                changes.fetch_add(1, SeqCst);
                json(r#"{"message":{"N":1,"replicas":["x"]},"status":"successful"}"#)
            }
            ["GET", "/ring"] => json(&views[epoch - 1]),
            // Who is asked first has just heard that a server came, the next one sees data on its
            // way.
            ["GET", "/ring/status"] => {
                let round = asked.fetch_add(1, SeqCst) % 3;
                let (state, left) = [("spare", 0), ("active", 1), ("active", 0)][round];
                json(&format!(
                    r#"{{"epoch":{epoch},"partitions_left":{left},"members":{{"x":{{"state":"{state}"}},"y":{{"state":"spare"}}}}}}"#
                ))
            }
            _ => Reply::text(OK),
        }
    });
    let words =
        ["--test-add-or-remove", "--steady", "50ms", "--keys", "200", "--num-requests", "1"];
    let results = bench(&stub, &words).unwrap();

    let names: Vec<_> = results.phases.iter().map(|phase| phase.name).collect();
    assert_eq!(names, ["before", "while adding", "in between", "while removing", "after"]);
    let by_phase: u64 = results.phases.iter().map(|phase| phase.tally.requests()).sum();
    assert_eq!(by_phase, results.tally.requests(), "each request is in one phase");
    assert_eq!((results.tally.failures(), results.tally.unfinished), (0, 0));
    let [added, removed] = &results.changes[..] else { panic!("{:?}", results.changes) };
    assert_eq!((&*added.what, &*removed.what), ("POST /add of 1", "DELETE /rm of 1"));
    assert!(added.moved.copies > 0 && added.moved.of_copies == 600, "{:?}", added.moved);
    assert_eq!(added.moved.keys, 200);
    assert_eq!(added.servers, ["x"]);
}

#[test]
fn a_cluster_that_refuses_to_add_ends_the_run_and_what_was_measured_stays() {
    let ring = view(1, 3).to_json();
    let stub = Stub::start(move |line, _, _| match line {
        line if line.starts_with("GET /ring ") => json(&ring),
        line if line.starts_with("POST /add ") => {
            Reply::text("HTTP/1.1 501 No\r\ncontent-length: 11\r\n\r\nno launcher")
        }
        _ => Reply::text(OK),
    });
    let line = ["bench", "--base-url", stub.url(), "--test-add-or-remove", "--steady", "50ms"];
    let (results, outcome) = run(&line);
    assert!(results.unwrap().tally.succeeded() > 0);
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("no launcher"), "{error}");
    assert_eq!(error.exit_code(), 1);
}

fn view(epoch: u64, nodes: u16) -> View {
    let node = |number: u16| {
        let id = format!("n{number}").parse().unwrap();
        ViewNode::new(id, ([127, 0, 0, 1], 8000 + number).into())
    };
    let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
    let nodes = (1..=nodes).map(node).collect();
    View::create(Epoch::new(epoch), partitions, copies, nodes).unwrap()
}

fn json(text: &str) -> Reply {
    Reply::text(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len()))
}
