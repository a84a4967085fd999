//! Nodes that ask for tokens, behind both edges, and their users.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use reqwest::{Client, Method};
use ringway_auth::{SealedFor, SealingKey};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::stack::{Node, Stack, StackOptions};

use crate::tokens::{Forger, claims_of};

const PASSWORD: &str = "an admin's password";

/// Nodes that ask for tokens, behind both edges.
pub(crate) struct Cluster {
    pub(crate) stack: Stack,
    client: Client,
    _directory: TempDir,
}

impl Cluster {
    /// Three nodes.
    pub(crate) async fn start() -> Self {
        Self::with(StackOptions::of(3)).await
    }

    pub(crate) async fn with(options: StackOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        let mut private = fs::File::options();
        let mut opened = private.write(true).create_new(true).mode(0o600).open(&file).unwrap();
        opened.write_all(PASSWORD.as_bytes()).unwrap();
        let options = StackOptions { haproxy: true, admin_password: Some(file), ..options };
        let stack = Stack::start(options).await.unwrap();
        Self { stack, client: Client::new(), _directory: directory }
    }

    /// Where it is asked: at a node, and through both edges.
    pub(crate) fn places(&self) -> [(&'static str, String); 3] {
        [
            ("node", self.stack.nodes()[0].url()),
            ("Envoy", self.stack.edge().url()),
            ("HAProxy", self.stack.haproxy().url()),
        ]
    }

    /// The same, with every node.
    pub(crate) fn every_place(&self) -> Vec<String> {
        let edges = [self.stack.edge().url(), self.stack.haproxy().url()];
        self.stack.nodes().iter().map(Node::url).chain(edges).collect()
    }

    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.stack.nodes()[0].url());
        let request = self.client.request(method, url).bearer_auth(token).body(body.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn token(&self, name: &str, password: &str) -> String {
        let body = json!({ "username": name, "password": password });
        let answer = self.ask(Method::POST, "/login", "", body).await;
        answer["token"].as_str().unwrap().to_owned()
    }

    /// A new user's token.
    pub(crate) async fn user(&self, name: &str, role: &str, prefixes: &[&str]) -> String {
        let password = password_of(name);
        let body = json!({ "password": password, "role": role, "prefixes": prefixes });
        let admin = self.stack.token().unwrap();
        self.ask(Method::PUT, &format!("/users/{name}"), admin, body).await;
        self.token(name, &password).await
    }

    /// Stores `a/k`, which the table takes to be there.
    pub(crate) async fn put_the_key(&self) {
        self.put("a/k", "v").await;
    }

    /// Stores `value` under `key`.
    pub(crate) async fn put(&self, key: &str, value: &str) {
        let url = format!("{}/kv/{key}", self.stack.nodes()[0].url());
        let request = self.client.put(url).bearer_auth(self.stack.token().unwrap());
        request.body(value.to_owned()).send().await.unwrap().error_for_status().unwrap();
    }

    /// One for each column of the table, by its head. Every node has heard of them.
    pub(crate) async fn tokens(&self) -> Vec<(&'static str, String)> {
        let admin = self.stack.token().unwrap();
        self.put_the_key().await;
        let gone = self.user("gone", "admin", &[]).await;
        self.ask(Method::DELETE, "/users/gone", admin, json!({})).await;
        let mut tokens = vec![
            ("no token", String::new()),
            ("removed user", gone),
            ("reader", self.user("reader", "reader", &[]).await),
            ("writer", self.user("writer", "writer", &[]).await),
            ("inside", self.user("inside", "writer", &["a/"]).await),
            ("outside", self.user("outside", "writer", &["z/"]).await),
            ("admin", admin.to_owned()),
        ];
        tokens.extend(self.forger().await.bad(admin));
        self.stack.settle().await.unwrap();
        tokens
    }

    /// Who has stolen a node's data and the cluster's secret, and so the key that tokens are signed
    /// with.
    pub(crate) async fn forger(&self) -> Forger {
        let keys = format!("{}/.well-known/jwks.json", self.stack.nodes()[0].admin_url());
        let keys = self.client.get(keys).send().await.unwrap().bytes().await.unwrap();
        let keys: Value = serde_json::from_slice(&keys).unwrap();
        let key = keys["keys"].as_array().unwrap().last().unwrap();
        let secret = fs::read_to_string(self.stack.directory().join("cluster-secret")).unwrap();
        let cluster = claims_of(self.stack.token().unwrap()).iss;
        let seal = SealingKey::new(secret.trim().as_bytes(), &cluster, SealedFor::SigningKeys);
        Forger::new(&sealed_keys(&self.stack.directory().join("n1")), &seal, key)
    }

    /// Has tokens signed with another key, from a minute on.
    pub(crate) async fn rotate_key(&self) {
        let admin = self.stack.token().unwrap();
        self.ask(Method::POST, "/auth/rotate-key", admin, json!({})).await;
    }

    /// The routes that the first node has and was never asked for.
    pub(crate) async fn routes_never_asked_for(&self) -> Vec<String> {
        let url = format!("{}/metrics", self.stack.nodes()[0].admin_url());
        let metrics = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let counts = metrics.lines().filter_map(|line| {
            let (labels, count) =
                line.strip_prefix("ringway_request_seconds_count{")?.split_once("} ")?;
            Some((labels.split("route=\"").nth(1)?.split('"').next()?, count))
        });
        let counts: Vec<_> = counts.collect();
        assert!(counts.len() > 30, "{metrics}");
        let unasked = counts.into_iter().filter(|(_, count)| *count == "0");
        unasked.map(|(route, _)| route.to_owned()).collect()
    }
}

/// What a user has as a password until it is changed.
pub(crate) fn password_of(name: &str) -> String {
    format!("password of {name}")
}

/// The sealed keys in the journals of a node's `data`.
fn sealed_keys(data: &Path) -> Vec<String> {
    let (begin, end) =
        ("-----BEGIN SEALED PRIVATE KEY-----\n", "\n-----END SEALED PRIVATE KEY-----\n");
    let files = fs::read_dir(data.join("engine")).unwrap().flatten();
    let journals = files.filter(|file| file.path().extension().is_some_and(|it| it == "jnl"));
    let found = journals.flat_map(|file| {
        let bytes = fs::read(file.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let keys = text.split(begin).skip(1).filter_map(|rest| rest.split_once(end));
        keys.map(|(key, _)| format!("{begin}{key}{end}")).collect::<Vec<_>>()
    });
    found.collect()
}
