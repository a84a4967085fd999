//! HAProxy with the deployed configuration, before nodes that do what the test says: what it
//! sends again, what and whom it lets through, and that it never serves by half a ring.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/held.rs"]
mod held;
#[path = "support/lone_haproxy.rs"]
mod lone_haproxy;
#[path = "support/raw_http.rs"]
mod raw_http;
#[path = "support/stub_node.rs"]
mod stub_node;
#[path = "support/stub_ring.rs"]
mod stub_ring;

use std::collections::BTreeMap;
use std::time::Duration;

use lone_haproxy::LoneHaproxy;
use raw_http::{Answer, Connection};
use ringway_ring::{Key, PartitionCount, View};
use stub_node::{Conduct, Published, StubNode, place};
use stub_ring::{key_of_the_first, view, view_of};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the very first attempt of each of many keys is at the node that `view` names first.
async fn comes_to_route_as(view: &View, connection: &mut Connection) {
    let follows = wait::until(PATIENCE, async || {
        for number in 0..40 {
            let key = format!("some/{number}");
            let partition = view.partition(Key::new(key.as_str()).unwrap().position());
            let first = view.route(partition).next().unwrap().id.as_str();
            let target = format!("/kv/{key}");
            let read = connection.get(&target).await;
            let write = connection.send("PUT", &target, &[], "").await;
            if [read, write].iter().any(|answer| answer.header("x-ringway-node") != Some(first)) {
                return false;
            }
        }
        true
    });
    assert!(follows.await, "it doesn't route as epoch {}", view.epoch());
}

/// Three nodes that all keys are on, n1 first for `key`, behind HAProxy.
struct Trio {
    key: String,
    nodes: [StubNode; 3],
    connection: Connection,
    _haproxy: LoneHaproxy,
}

impl Trio {
    async fn start() -> Self {
        let names = ["n1", "n2", "n3"];
        let nodes = names.map(|name| StubNode::start(name, place()));
        let addresses: Vec<_> =
            names.into_iter().zip(nodes.iter().map(|node| node.address)).collect();
        let view = view(1, &addresses);
        nodes[2].publish(Published::view(&view));
        let haproxy = LoneHaproxy::start(&[nodes[2].address]).await;
        let mut connection = Connection::open(&haproxy.url).await;
        comes_to_route_as(&view, &mut connection).await;
        let trio = Self { key: key_of_the_first(&view), nodes, connection, _haproxy: haproxy };
        trio.take_seen();
        trio
    }

    /// How many requests each of the three has seen since the last call.
    fn take_seen(&self) -> [usize; 3] {
        self.nodes.each_ref().map(|node| node.take_seen().len())
    }

    async fn send(&mut self, method: &str) -> Answer {
        self.ask(method, "").await
    }

    /// With `query` behind the key, with which it is no longer plain.
    async fn ask(&mut self, method: &str, query: &str) -> Answer {
        let body = if method == "PUT" { "value" } else { "" };
        self.connection.send(method, &format!("/kv/{}{query}", self.key), &[], body).await
    }
}

#[tokio::test]
async fn a_write_is_sent_again_only_where_it_never_left() {
    let mut trio = Trio::start().await;
    trio.nodes[0].conduct(Conduct::Reset);
    // Each on a connection that was used before, where HAProxy by itself would just hang up.
    for _ in 0..2 {
        let answer = trio.send("PUT").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "node_failed"), "{answer:?}");
        assert_eq!(answer.header("x-ringway-outcome"), Some("unknown"));
        assert_eq!(trio.take_seen(), [1, 0, 0], "it may have been applied before the reset");
    }
    // HAProxy can't tell these apart before it sends again, so it sends neither again; Envoy
    // does the latter.
    for outcome in ["x-ringway-outcome: unknown", "x-ringway-outcome: not-applied"] {
        trio.nodes[0].conduct(Conduct::Answer(503, outcome));
        let answer = trio.send("PUT").await;
        assert_eq!(answer.header("x-ringway-outcome"), outcome.split(": ").nth(1));
        assert_eq!((answer.status, trio.take_seen()), (503, [1, 0, 0]));
    }
}

#[tokio::test]
async fn what_starts_and_stops_servers_is_sent_once_whatever_its_method() {
    let mut trio = Trio::start().await;
    for (method, target) in [("GET", "/shutdown?port=1"), ("POST", "/add"), ("DELETE", "/rm")] {
        for (conduct, outcome) in [
            (Conduct::Answer(503, "x-ringway-outcome: not-applied"), "not-applied"),
            (Conduct::Answer(503, "x-ringway-outcome: unknown"), "unknown"),
            (Conduct::Reset, "unknown"),
        ] {
            trio.nodes.iter().for_each(|node| node.conduct(conduct));
            let answer = trio.connection.send(method, target, &[], "").await;
            let said = (answer.status, answer.header("x-ringway-outcome"));
            assert_eq!(said, (503, Some(outcome)), "{method} {target}: {answer:?}");
            assert_eq!(trio.take_seen().iter().sum::<usize>(), 1, "{method} {target} {conduct:?}");
        }
    }
}

#[tokio::test]
async fn what_no_connection_took_goes_along_the_list() {
    let [down, also_down] = [place(), place()];
    let n3 = StubNode::start("n3", place());
    let addresses = [down.local_addr().unwrap(), also_down.local_addr().unwrap(), n3.address];
    let named = [("n1", addresses[0]), ("n2", addresses[1]), ("n3", addresses[2])];
    let view = view(1, &named);
    n3.publish(Published::view(&view));
    let haproxy = LoneHaproxy::start(&[n3.address]).await;
    let mut connection = Connection::open(&haproxy.url).await;
    let target = format!("/kv/{}", key_of_the_first(&view));
    // First while HAProxy takes the two to be well, later when it knows better.
    for _ in 0..50 {
        for (method, body) in [("GET", ""), ("PUT", "value")] {
            let answer = connection.send(method, &target, &[], body).await;
            assert_eq!(answer.header("x-ringway-node"), Some("n3"), "{method}: {answer:?}");
        }
    }
    drop(n3);
    let gone = wait::until(PATIENCE, async || {
        let mut connection = Connection::open(&haproxy.url).await;
        let answer = connection.send("PUT", &target, &[], "value").await;
        answer.status == 503
            && answer.code() == "no_node_reachable"
            && answer.header("x-ringway-outcome") == Some("not-applied")
    });
    assert!(gone.await);
}

#[tokio::test]
async fn a_read_is_tried_along_the_list_after_any_failure() {
    let mut trio = Trio::start().await;
    trio.nodes[0].conduct(Conduct::Reset);
    for query in ["", "?x=1"] {
        trio.nodes[1].conduct(Conduct::Answer(200, "x-stub: 1"));
        let answer = trio.ask("GET", query).await;
        assert_eq!(answer.header("x-ringway-node"), Some("n2"), "{answer:?}");
        assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 0]));

        trio.nodes[1].conduct(Conduct::Answer(500, "x-stub: 1"));
        let answer = trio.ask("GET", query).await;
        assert_eq!(answer.header("x-ringway-node"), Some("n3"), "{answer:?}");
        assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 1]));
        let answer = trio.ask("HEAD", query).await;
        assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 1]), "HEAD as GET");
    }

    trio.nodes[0].conduct(Conduct::Silence);
    trio.nodes[1].conduct(Conduct::Answer(200, "x-stub: 1"));
    let answer = trio.send("GET").await;
    assert_eq!(answer.header("x-ringway-node"), Some("n2"), "{answer:?}");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 0]));
}

#[tokio::test]
async fn what_a_client_calls_as_the_edge_does_goes_no_further() {
    let mut trio = Trio::start().await;
    let headers = [
        ("X-Ringway-Route", "s3:s3:s3"),
        ("x-ringway-epoch", "99"),
        ("x-envoy-max-retries", "9"),
        ("x-forwarded-for", "10.9.9.9"),
        ("x-mine", "stays"),
    ];
    let plain = format!("/kv/{}", trio.key);
    // Of a plain read HAProxy knows without a header where to try again.
    for (method, target, routes) in
        [("GET", plain.clone(), 0), ("GET", format!("{plain}?x=1"), 1), ("PUT", plain, 1)]
    {
        let answer = trio.connection.send(method, &target, &headers, "").await;
        assert_eq!(answer.header("x-ringway-node"), Some("n1"), "the edge routes, not the client");
        let seen = trio.nodes[0].take_seen().concat().to_ascii_lowercase();
        assert!(seen.contains("x-mine: stays\r\n"), "{seen}");
        assert!(seen.contains("x-forwarded-for: 127.0.0.1\r\n"), "{seen}");
        assert!(!seen.contains("10.9.9.9") && !seen.contains("x-envoy-"), "{seen}");
        let ours: Vec<_> = seen.lines().filter(|line| line.starts_with("x-ringway-")).collect();
        assert_eq!(ours.len(), routes, "{ours:?}");
        let is_ours =
            |line: &&str| line.starts_with("x-ringway-route: s") && !line.contains("s3:s3");
        assert!(ours.iter().all(is_ours), "{ours:?}");
    }
}

#[tokio::test]
async fn before_it_knows_of_any_node_it_says_so_and_then_it_learns() {
    let n1 = StubNode::start("n1", place());
    let view = view(1, &[("n1", n1.address)]);
    n1.publish(Published::view(&view));
    let mut haproxy = LoneHaproxy::start_untold(&[n1.address], "").await;
    let mut connection = Connection::open(&haproxy.url).await;
    for (method, target) in [
        ("GET", "/kv/a"),
        ("GET", "/kv/a?x=1"),
        ("PUT", "/kv/a"),
        ("GET", "/rep"),
        ("GET", "/map_request?id=1"),
    ] {
        let answer = connection.send(method, target, &[], "").await;
        let outcome = answer.header("x-ringway-outcome");
        assert_eq!((answer.status, outcome), (503, Some("not-applied")), "{method} {target}");
        assert_eq!(answer.code(), "no_node_reachable", "{method} {target}");
    }
    assert_eq!(connection.get("/kv/%zz").await.code(), "bad_escape");
    haproxy.start_sync();
    comes_to_route_as(&view, &mut connection).await;
}

#[tokio::test]
async fn one_address_does_not_take_the_connections_of_all() {
    const LIMITED: &str = "global\n  setenv RINGWAY_CONNECTIONS_PER_ADDRESS 3\n";
    let haproxy = LoneHaproxy::start_untold(&[], LIMITED).await;
    held::assert_limited(&haproxy.url, 3).await;
}

/// That HAProxy serves by one of `views`, whole, and which epoch that is.
async fn assert_whole(haproxy: &LoneHaproxy, views: &[View]) -> u64 {
    let mut served = BTreeMap::new();
    let shown = wait::until(PATIENCE, async || {
        served = haproxy.served().await.into_iter().collect();
        !served.is_empty()
    });
    assert!(shown.await, "HAProxy does not tell by what it serves");
    let epoch = served["epoch"].parse().unwrap();
    let view = views.iter().find(|view| view.epoch().get() == epoch).unwrap();
    for partition in view.assignment().partitions().iter() {
        let slots = served[&partition.to_string()].split(':');
        let ids: Vec<_> = slots.map(|slot| served[&format!("{slot}.id")].as_str()).collect();
        let expected: Vec<_> = view.route(partition).map(|node| node.id.as_str()).collect();
        assert_eq!(ids, expected, "partition {partition} in epoch {epoch}");
    }
    epoch
}

#[tokio::test]
async fn whoever_dies_in_a_change_haproxy_serves_by_one_ring() {
    let control = StubNode::start("control", place());
    let names = ["n1", "n2", "n3", "n4", "n5", "n6"];
    let nodes = names.map(|name| (name, StubNode::start(name, place())));
    let nodes = nodes.each_ref().map(|(name, node)| (*name, node.address));
    // The largest ring there is: its swap takes longest.
    let ring = |epoch: u64| {
        let nodes = if epoch.is_multiple_of(2) { &nodes[..3] } else { &nodes[1..] };
        view_of(epoch, PartitionCount::MAX, nodes)
    };
    let mut views = vec![ring(1)];
    control.publish(Published::view(&views[0]));
    let mut haproxy = LoneHaproxy::start(&[control.address]).await;
    let mut epochs = Vec::new();
    for epoch in 2..=13 {
        views.push(ring(epoch));
        control.publish(Published::view(views.last().unwrap()));
        // Not to wait for anything: the moment is another one each time.
        tokio::time::sleep(Duration::from_millis(epoch * 20)).await;
        if epoch % 3 != 0 {
            haproxy.kill_sync();
        }
        if epoch % 2 == 0 {
            haproxy.reload();
        }
        if epoch % 3 != 0 {
            epochs.push(assert_whole(&haproxy, &views).await);
            haproxy.start_sync();
        }
    }
    println!("after each death: {epochs:?}");
    let arrives = async || haproxy.served().await.contains(&("epoch".to_owned(), "13".to_owned()));
    assert!(wait::until(PATIENCE, arrives).await);
    let mut connection = Connection::open(&haproxy.url).await;
    comes_to_route_as(views.last().unwrap(), &mut connection).await;
    haproxy.kill_sync();
    assert_eq!(assert_whole(&haproxy, &views).await, 13);
}
