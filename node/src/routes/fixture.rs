//! A node to be asked without a socket.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use http::Response;
use ringway_replica::{Body, Operation, Outcome, Record, Version, Wall};
use ringway_ring::{Health, Key, Weight, Zone};
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::DiskId;
use crate::access::AuditRecord;
use crate::args::{Args, Command};
use crate::config::Config;
use crate::limits::Limits;
use crate::membership::{Change, Command as ClusterCommand, Newcomer};
use crate::opening::{Listening, OpenNode};
use crate::view_watch::PublishedView;

pub(super) struct Fixture {
    pub(super) node: Arc<Node>,
    _open: OpenNode,
    _directory: TempDir,
}

impl Fixture {
    /// A node alone.
    pub(super) async fn alone() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(super) async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, &[]).await
    }

    /// A node with these flags too.
    pub(super) async fn with(limits: Limits, flags: &[&str]) -> Self {
        AuditRecord::make_known();
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let data = data.to_str().unwrap();
        let words =
            ["ringway", "node", "--bootstrap", "--peer-port", "9080", "--data-directory", data];
        let command = Args::parse_from(words.iter().chain(flags)).command;
        let Command::Node(args) = command else { panic!("{command:?}") };
        let mut config = Config::validate(args).unwrap();
        config.limits = limits;
        let client: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let open = OpenNode::open(config, Listening { client, peer: None }).await.unwrap();
        Self { node: Arc::clone(&open.node), _open: open, _directory: directory }
    }

    /// n1 of a ring of `nodes` nodes, of which the others aren't there and will not come.
    pub(super) async fn alone_of(nodes: u16) -> Self {
        let patience = Duration::from_millis(20);
        let limits =
            Limits { read_timeout: patience, write_timeout: patience, ..Limits::default() };
        let it = Self::with_limits(limits).await;
        let others = (2..=nodes).map(newcomer).collect::<Vec<_>>();
        let add = others.iter().map(|other| other.id.clone()).collect();
        for other in others {
            it.node.membership.propose(ClusterCommand::Join(other)).await.unwrap();
        }
        let change = Change { add, ..Change::default() };
        it.node.membership.propose(ClusterCommand::Change(change)).await.unwrap();
        while it.node.membership.present().target().is_some() {
            // The coordinator may be faster with the one, and waits for nobody with the other.
            let cluster = it.node.membership.present();
            let complete = cluster.to_complete(|_, _, _| true);
            let others = cluster.moving().count() - complete.len();
            let begin = cluster.to_begin(others, |_| true);
            let _ = it.node.membership.propose(ClusterCommand::Move { complete, begin }).await;
        }
        // Nothing more changes once it is noted who isn't there.
        let all_noted = |published: &PublishedView| {
            let down = published.view.nodes().iter().filter(|node| node.health == Health::Down);
            published.view.moving().is_empty() && down.count() == usize::from(nodes) - 1
        };
        it.node.views.next(all_noted).await.unwrap();
        it
    }

    pub(super) async fn send(&self, request: warp::test::RequestBuilder) -> Response<bytes::Bytes> {
        let response = request.reply(&routes(&self.node)).await;
        let epoch: u64 = response.headers()["x-ringway-epoch"].to_str().unwrap().parse().unwrap();
        assert!((1..=self.node.views.present().view.epoch().get()).contains(&epoch));
        response
    }

    pub(super) async fn call(&self, method: &str, target: &str) -> Response<bytes::Bytes> {
        self.send(warp::test::request().method(method).path(target)).await
    }

    pub(super) async fn put(&self, key: &str, value: &str) -> Response<bytes::Bytes> {
        let request = warp::test::request().method("PUT").path(&format!("/kv/{key}"));
        self.send(request.header("content-type", "text/x").body(value)).await
    }

    /// `method` on `/kv/k`, on the condition that `header` makes.
    pub(super) async fn only_if(
        &self,
        method: &str,
        header: &str,
        tag: &str,
    ) -> Response<bytes::Bytes> {
        let request = warp::test::request().method(method).path("/kv/k");
        let body = if method == "PUT" { tag } else { "" };
        self.send(request.header(header, tag).body(body)).await
    }

    /// When the value of `key` expires.
    pub(super) async fn expires(&self, key: &'static str) -> Option<Wall> {
        let (key, patience) = (Key::new(key).unwrap(), Duration::from_mins(1));
        match self.node.replication.perform(key, Operation::Read, patience).await {
            Outcome::Found(Record { body: Body::Value(value), .. }) => value.expires,
            outcome => panic!("{outcome:?}"),
        }
    }
}

/// The node called `n{number}`.
pub(super) fn newcomer(number: u16) -> Newcomer {
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port + number));
    Newcomer {
        id: format!("n{number}").parse().unwrap(),
        client: address(8079),
        peer: address(9079),
        zone: Zone::default(),
        weight: Weight::ONE,
        disk: DiskId::random().unwrap(),
    }
}

/// The version in the answer to a write, after a look at its `ETag`.
pub(super) fn version_of(response: &Response<bytes::Bytes>) -> Version {
    let version = json_of(response)["version"].as_str().unwrap().to_owned();
    if let Some(etag) = response.headers().get("etag") {
        assert_eq!(etag, &format!("\"{version}\""));
    }
    version.parse().unwrap()
}

pub(super) fn json_of(response: &Response<bytes::Bytes>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(response.body()).unwrap()
}

/// The refusal's code, after a look at its shape.
pub(super) fn refused(response: &Response<bytes::Bytes>) -> (u16, String) {
    let body = json_of(response);
    assert!(body["error"].as_str().is_some_and(|sentence| sentence.len() > 10), "{body}");
    (response.status().as_u16(), body["code"].as_str().unwrap().to_owned())
}
