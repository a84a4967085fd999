//! Envoy with the built filter, before nodes that do what the test says: which view it
//! routes by, what it sends again, and what it lets through.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/held.rs"]
mod held;
#[path = "support/lone_envoy.rs"]
mod lone_envoy;
#[path = "support/metrics.rs"]
mod metrics;
#[path = "support/raw_http.rs"]
mod raw_http;
#[path = "support/stub_node.rs"]
mod stub_node;
#[path = "support/stub_ring.rs"]
mod stub_ring;

use std::time::{Duration, Instant};

use lone_envoy::LoneEnvoy;
use raw_http::{Answer, Connection};
use ringway_ring::{Key, View};
use stub_node::{Conduct, Published, StubNode, place};
use stub_ring::{key_of_the_first, view};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);

/// Whether every one of `keys` is answered by the node that `view` names first.
async fn routes_as(view: &View, connection: &mut Connection) -> bool {
    for number in 0..40 {
        let key = format!("some/{number}");
        let partition = view.partition(Key::new(key.as_str()).unwrap().position());
        let first = view.route(partition).next().unwrap().id.as_str();
        let answer = connection.get(&format!("/kv/{key}")).await;
        if answer.status != 200 || answer.header("x-ringway-node") != Some(first) {
            return false;
        }
    }
    true
}

async fn comes_to_route_as(view: &View, connection: &mut Connection) {
    let follows = wait::until(PATIENCE, async || routes_as(view, connection).await);
    assert!(follows.await, "it doesn't route as epoch {}", view.epoch());
}

#[tokio::test]
async fn the_newest_view_is_followed_and_nonsense_is_refused() {
    let control = StubNode::start("control", place());
    let nodes = ["n1", "n2", "n3", "n4"].map(|name| (name, StubNode::start(name, place())));
    let nodes = nodes.each_ref().map(|(name, node)| (*name, node.address));
    let five = view(5, &nodes[..3]);
    control.publish(Published::view(&five));
    let envoy = LoneEnvoy::start(&[control.address]).await;
    let mut connection = Connection::open(&envoy.url).await;
    comes_to_route_as(&five, &mut connection).await;
    assert_eq!(envoy.metric("ringway_view_epoch").await, 5);

    // Endpoints of its own, so that it would be felt if it were taken.
    let older = Published { etag: "older".into(), ..Published::view(&view(4, &nodes)) };
    let garbage =
        Published { etag: "garbage".into(), json: b"{\"format\":1".into(), ..older.clone() };
    for refused in [garbage, older] {
        let before = envoy.metric("ringway_view_refused_total").await;
        control.publish(refused);
        // Both VMs have seen and refused it.
        let counted = async || envoy.metric("ringway_view_refused_total").await >= before + 2;
        assert!(wait::until(PATIENCE, counted).await);
        assert!(routes_as(&five, &mut connection).await);
    }
    assert_eq!(envoy.metric("ringway_view_epoch").await, 5);

    let updates = envoy.metric("ringway_view_updates_total").await;
    let six = view(6, &nodes);
    control.publish(Published::view(&six));
    comes_to_route_as(&six, &mut connection).await;
    assert_eq!(envoy.metric("ringway_view_epoch").await, 6);
    assert_eq!(envoy.metric("ringway_view_updates_total").await, updates + 1, "one for all VMs");
}

#[tokio::test]
async fn a_node_that_is_cut_off_keeps_no_news_from_the_edge() {
    // Each holds a question forever, as a node that was stopped does.
    let [one, other, knowing] =
        ["one", "other", "knowing"].map(|name| StubNode::start(name, place()));
    let nodes = ["n1", "n2", "n3"].map(|name| (name, StubNode::start(name, place())));
    let nodes = nodes.each_ref().map(|(name, node)| (*name, node.address));
    let first = view(1, &nodes[..2]);
    for control in [&one, &other, &knowing] {
        control.publish(Published::view(&first));
    }
    let envoy = LoneEnvoy::start(&[one.address, other.address, knowing.address]).await;
    let mut connection = Connection::open(&envoy.url).await;
    comes_to_route_as(&first, &mut connection).await;
    for epoch in 2..6 {
        let next = view(epoch, &nodes[..2 + usize::try_from(epoch % 2).unwrap()]);
        knowing.publish(Published::view(&next));
        let begun = Instant::now();
        comes_to_route_as(&next, &mut connection).await;
        // A second at most on a quiet machine; to wait for either of the others would take
        // for ever.
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn envoy_that_started_before_every_node_serves_as_soon_as_one_comes() {
    let place_of_n1 = place();
    let address = place_of_n1.local_addr().unwrap();
    let envoy = LoneEnvoy::start(&[address]).await;
    let mut connection = Connection::open(&envoy.url).await;

    let answer = connection.get("/kv/a").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "no_node_reachable"));
    let counted = async || envoy.metric("ringway_no_view_total").await >= 1;
    assert!(wait::until(PATIENCE, counted).await);
    assert_eq!(envoy.metric("ringway_lookups_total").await, 0);

    let node = StubNode::start("n1", place_of_n1);
    let view = view(1, &[("n1", address)]);
    node.publish(Published::view(&view));
    comes_to_route_as(&view, &mut connection).await;
    // With endpoints and no view yet, any node was asked; soon it is the view's.
    let looked_up = wait::until(PATIENCE, async || {
        connection.get("/kv/a").await;
        envoy.metric("ringway_lookups_total").await >= 1
    });
    assert!(looked_up.await);
}

/// Three nodes that all keys are on, n1 first for `key`, behind Envoy.
struct Trio {
    key: String,
    n1: StubNode,
    n2: StubNode,
    n3: StubNode,
    connection: Connection,
    envoy: LoneEnvoy,
}

impl Trio {
    async fn start() -> Self {
        let [n1, n2, n3] = ["n1", "n2", "n3"].map(|name| StubNode::start(name, place()));
        let view = view(1, &[("n1", n1.address), ("n2", n2.address), ("n3", n3.address)]);
        n3.publish(Published::view(&view));
        let envoy = LoneEnvoy::start(&[n3.address]).await;
        let mut connection = Connection::open(&envoy.url).await;
        comes_to_route_as(&view, &mut connection).await;
        let trio = Self { key: key_of_the_first(&view), n1, n2, n3, connection, envoy };
        trio.take_seen();
        trio
    }

    /// How many requests each of the three has seen since the last call.
    fn take_seen(&self) -> [usize; 3] {
        [&self.n1, &self.n2, &self.n3].map(|node| node.take_seen().len())
    }

    async fn put(&mut self) -> Answer {
        self.connection.send("PUT", &format!("/kv/{}", self.key), &[], "value").await
    }

    async fn get(&mut self) -> Answer {
        self.connection.get(&format!("/kv/{}", self.key)).await
    }
}

#[tokio::test]
async fn a_write_is_sent_again_only_where_it_certainly_was_not_applied() {
    let mut trio = Trio::start().await;

    trio.n1.conduct(Conduct::Reset);
    let answer = trio.put().await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "node_failed"), "{answer:?}");
    assert_eq!(answer.header("x-ringway-outcome"), Some("unknown"));
    assert_eq!(trio.take_seen(), [1, 0, 0], "it may have been applied before the reset");

    trio.n1.conduct(Conduct::Answer(503, "x-ringway-outcome: unknown"));
    let answer = trio.put().await;
    assert_eq!(answer.header("x-ringway-outcome"), Some("unknown"));
    assert_eq!((answer.status, trio.take_seen()), (503, [1, 0, 0]), "the node doesn't know");

    trio.n1.conduct(Conduct::Answer(503, "x-ringway-outcome: not-applied"));
    let answer = trio.put().await;
    assert_eq!(answer.header("x-ringway-node"), Some("n2"), "the node knows that it was not");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 0]));
}

#[tokio::test]
async fn a_write_that_no_connection_took_goes_to_the_next_of_the_list() {
    let [down, also_down] = [place(), place()];
    let n3 = StubNode::start("n3", place());
    let addresses = [down.local_addr().unwrap(), also_down.local_addr().unwrap(), n3.address];
    let view = view(1, &[("n1", addresses[0]), ("n2", addresses[1]), ("n3", addresses[2])]);
    n3.publish(Published::view(&view));
    let envoy = LoneEnvoy::start(&[n3.address]).await;
    let mut connection = Connection::open(&envoy.url).await;
    let target = format!("/kv/{}", key_of_the_first(&view));

    let mut answer = connection.send("PUT", &target, &[], "value").await;
    // The view may come a moment later than the endpoints.
    let served = wait::until(PATIENCE, async || {
        answer = connection.send("PUT", &target, &[], "value").await;
        answer.status == 200
    });
    assert!(served.await, "{answer:?}");
    assert_eq!(answer.header("x-ringway-node"), Some("n3"), "n1 and n2 refused the connection");

    // The connection that n3 has stays open, so it answers as long as it may.
    n3.conduct(Conduct::Answer(503, "x-ringway-outcome: not-applied"));
    let answer = connection.send("PUT", &target, &[], "value").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("x-ringway-outcome"), Some("not-applied"));
}

#[tokio::test]
async fn a_read_is_tried_along_the_list_after_any_failure() {
    let mut trio = Trio::start().await;
    trio.n1.conduct(Conduct::Reset);
    let answer = trio.get().await;
    assert_eq!(answer.header("x-ringway-node"), Some("n2"), "{answer:?}");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 0]));

    trio.n2.conduct(Conduct::Answer(500, "x-stub: 1"));
    let answer = trio.get().await;
    assert_eq!(answer.header("x-ringway-node"), Some("n3"), "{answer:?}");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 1]));

    let answer = trio.connection.send("HEAD", &format!("/kv/{}", trio.key), &[], "").await;
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 1]), "HEAD as GET");
}

#[tokio::test]
async fn a_read_that_meets_silence_is_asked_of_the_next_as_well() {
    let mut trio = Trio::start().await;
    trio.n1.conduct(Conduct::Silence);
    let answer = trio.get().await;
    assert_eq!(answer.header("x-ringway-node"), Some("n2"), "{answer:?}");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 0]));

    // What fails while another is still asked is not the answer.
    trio.n2.conduct(Conduct::Answer(503, "x-stub: 1"));
    let answer = trio.get().await;
    assert_eq!(answer.header("x-ringway-node"), Some("n3"), "{answer:?}");
    assert_eq!((answer.status, trio.take_seen()), (200, [1, 1, 1]));
}

#[tokio::test]
async fn a_response_that_says_that_the_edge_is_behind_has_it_refresh_at_once() {
    let mut trio = Trio::start().await;
    for _ in 0..10 {
        assert_eq!(trio.get().await.status, 200);
    }
    assert_eq!(trio.envoy.metric("ringway_view_refreshes_total").await, 0, "nobody said so");
    trio.n1.conduct(Conduct::Answer(200, "x-ringway-behind: 1"));
    let refreshes = wait::until(PATIENCE, async || {
        assert_eq!(trio.get().await.status, 200);
        trio.envoy.metric("ringway_view_refreshes_total").await >= 1
    });
    assert!(refreshes.await, "no question was brought forward");
}

/// What HAProxy does otherwise is in `haproxy_edge.rs`.
#[tokio::test]
async fn a_pipeline_of_what_the_edge_answers_by_itself_is_cut_short() {
    let trio = Trio::start().await;
    let address = trio.envoy.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let asked = "GET /kv/%zz HTTP/1.1\r\nhost: r\r\n\r\n".repeat(64);
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    // It ends the connection, if need be by a reset.
    let _ = stream.read_to_end(&mut answers).await;
    let answered = String::from_utf8_lossy(&answers).matches("bad_escape").count();
    assert!(answered < 64, "it answers all of a pipeline now, and nobody would have to know");
    assert_eq!(trio.take_seen(), [0, 0, 0]);
}

#[tokio::test]
async fn what_a_client_calls_as_the_edge_does_goes_no_further() {
    let mut trio = Trio::start().await;
    let n3 = trio.n3.address.to_string();
    let headers = [
        ("X-Ringway-Route", n3.as_str()),
        ("x-ringway-epoch", "99"),
        ("x-ringway-made-up", "1"),
        ("x-envoy-max-retries", "9"),
        ("x-envoy-upstream-rq-timeout-ms", "1"),
        ("x-mine", "stays"),
    ];
    let answer = trio.connection.send("GET", &format!("/kv/{}", trio.key), &headers, "").await;
    assert_eq!(answer.header("x-ringway-node"), Some("n1"), "the edge routes, not the client");
    let seen = trio.n1.take_seen().concat().to_ascii_lowercase();
    assert!(seen.contains("x-mine: stays\r\n"), "{seen}");
    assert!(!seen.contains("x-envoy-m"), "{seen}");
    let ours: Vec<_> = seen.lines().filter(|line| line.starts_with("x-ringway-")).collect();
    let list = [&trio.n1, &trio.n2, &trio.n3].map(|node| node.address.to_string()).join(",");
    assert_eq!(
        ours,
        [format!("x-ringway-route: {list},epoch=1")],
        "what the edge has written itself"
    );

    // Without a key any node answers; the client does not choose it.
    for _ in 0..3 {
        let answer = trio.connection.send("GET", "/home", &headers, "").await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(trio.take_seen(), [1, 1, 1]);
}

#[tokio::test]
async fn one_address_does_not_take_the_connections_of_all() {
    let control = StubNode::start("control", place());
    let limited =
        |deployed: String| deployed.replace(r#"{"per_address":1024}"#, r#"{"per_address":3}"#);
    let envoy = LoneEnvoy::start_edited(&[control.address], limited).await;
    held::assert_limited(&envoy.url, 3).await;
    let counted = async || envoy.metric("ringway_connections_refused_total").await >= 5;
    assert!(wait::until(PATIENCE, counted).await);
}
