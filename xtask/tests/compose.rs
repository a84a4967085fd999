//! `docker compose --profile haproxy up --build` as a person sees it, where Docker is there.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation may panic where it stands"
)]

use std::process::{self, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use ringway_ring::{Key, View};
use serde_json::{Value, json};
use xtask::repository;
use xtask::skip::skip;
use xtask::stack::PortBlock;
use xtask::wait;

/// For two builds in the containers, from nothing, on a slow machine. It bounds what
/// this test can cost all others.
const BUILD_PATIENCE: Duration = Duration::from_mins(12);
const PATIENCE: Duration = Duration::from_mins(2);
const KEYS: usize = 40;
/// How many writes in a row prove that Envoy is ready.
const READY_PUTS: usize = 16;
const BASE_IMAGES: [&str; 4] = [
    "rust:1.95-slim-bookworm",
    "debian:bookworm-slim",
    "envoyproxy/envoy:v1.40.0",
    "haproxy:2.6-bookworm",
];

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What `docker compose` is called on this machine, or why there is none to use.
fn compose_command() -> Result<Vec<&'static str>, String> {
    if !succeeds("docker", &["info"]) {
        return Err("there is no Docker, or it does not answer".to_owned());
    }
    let known = [vec!["docker", "compose"], vec!["docker-compose"]];
    let found = known.into_iter().find(|command| {
        let (program, arguments) = command.split_first().unwrap();
        succeeds(program, &[arguments, &["version"]].concat())
    });
    let found = found.ok_or("Docker is there without Compose")?;
    for image in BASE_IMAGES {
        if !succeeds("docker", &["image", "inspect", image])
            && !succeeds("docker", &["pull", image])
        {
            return Err(format!("Docker has no image {image} and can't get it"));
        }
    }
    Ok(found)
}

/// A project of its own name, port, network and images. It is taken down on drop.
struct Project {
    compose: Vec<&'static str>,
    name: String,
    network: String,
    _ports: PortBlock,
    port: u16,
    haproxy_port: u16,
    stats_port: u16,
    /// Of the server that runs by itself.
    alone_port: u16,
}

impl Project {
    fn new(compose: Vec<&'static str>) -> Self {
        let mut ports = PortBlock::claim().unwrap();
        let [port, haproxy_port, stats_port, alone_port] =
            [(); 4].map(|()| ports.free_port().unwrap());
        let [_, _, high, low] = process::id().to_be_bytes();
        let (name, network) =
            (format!("ringway-test-{}", process::id()), format!("10.{high}.{low}"));
        Self { compose, name, network, _ports: ports, port, haproxy_port, stats_port, alone_port }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (program, first) = self.compose.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(first).args(["--project-name", &self.name]);
        command.args(["--profile", "haproxy"]).args(arguments);
        command.current_dir(repository::root()).stdin(Stdio::null());
        command.env("RINGWAY_EDGE_PORT", self.port.to_string());
        command.env("RINGWAY_HAPROXY_PORT", self.haproxy_port.to_string());
        command.env("RINGWAY_HAPROXY_STATS_PORT", self.stats_port.to_string());
        command.env("RINGWAY_NETWORK", &self.network).env("RINGWAY_TAG", &self.name);
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "compose {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    async fn build(&self) {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command(&["build"]);
        command.stdout(log.reopen().unwrap()).stderr(log.reopen().unwrap());
        let mut build = command.spawn().unwrap();
        let ended = async || build.try_wait().unwrap().is_some();
        let in_time = wait::until(BUILD_PATIENCE, ended).await;
        let _killed = build.kill();
        let succeeded = build.wait().unwrap().success();
        let said = std::fs::read_to_string(log.path()).unwrap_or_default();
        let tail = &said[said.floor_char_boundary(said.len().saturating_sub(3_000))..];
        assert!(in_time, "the images were not built within {BUILD_PATIENCE:?}: {tail}");
        assert!(succeeded, "the images can't be built: {tail}");
    }

    fn inspect(&self, service: &str, what: &str) -> String {
        // Stopped containers too, which older Compose lists without being asked.
        let id = self.run(&["ps", "--quiet", service]);
        let output = Command::new("docker").args(["inspect", "--format", what, id.trim()]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    }

    /// What Docker's list `of` has of servers that the launcher has started.
    fn launched(&self, of: &str) -> Vec<String> {
        let network = format!("{}_ring", self.name);
        let filter = match of {
            "volume ls" => format!("name=ringway-{network}-"),
            _ => format!("label=ringway.network={network}"),
        };
        let words = of.split(' ').chain(["--quiet", "--filter", &filter]);
        let output = Command::new("docker").args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    /// The container of the server that runs by itself.
    fn alone(&self) -> String {
        format!("{}-alone", self.name)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The same through HAProxy.
    fn haproxy_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.haproxy_port)
    }

    /// Of `path`, through either edge.
    fn urls(&self, path: &str) -> [String; 2] {
        [self.url(path), self.haproxy_url(path)]
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        succeeds("docker", &["rm", "--force", "--volumes", &self.alone()]);
        // Those that the launcher has started are no part of the project.
        for (of, remove) in [("ps --all", "rm --force --volumes"), ("volume ls", "volume rm")] {
            for found in self.launched(of) {
                let words: Vec<_> = remove.split(' ').chain([found.as_str()]).collect();
                succeeds("docker", &words);
            }
        }
        let _down = self.command(&["down", "--volumes", "--timeout", "1"]).output();
        for image in ["ringway-node", "ringway-envoy", "ringway-haproxy"] {
            // Their layers stay, for the next build.
            let image = format!("{image}:{}", self.name);
            succeeds("docker", &["image", "rm", "--no-prune", &image]);
        }
    }
}

fn primary<'a>(view: &'a View, key: &str) -> &'a str {
    let partition = view.partition(Key::new(key).unwrap().position());
    view.preference_list(partition).next().unwrap().id.as_str()
}

/// The status, who answered, and the body.
async fn get(client: &Client, url: String) -> (StatusCode, String, String) {
    let response = client.get(url).send().await.unwrap();
    let node = response.headers().get("x-ringway-node");
    let node = node.map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
    (response.status(), node, response.text().await.unwrap())
}

#[tokio::test]
async fn five_nodes_and_both_edges_run_in_containers() {
    let compose = match compose_command() {
        Ok(compose) => compose,
        Err(reason) => return skip(&format!("the containers were not tested: {reason}")),
    };
    let project = Project::new(compose);
    project.build().await;
    one_server_runs_alone(&project).await;
    project.run(&["up", "--detach"]);
    // A connection for each request: every worker of Envoy must have the view.
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let answers = async || {
        for url in project.urls("/kv/probe").iter().cycle().take(2 * READY_PUTS) {
            let put = client.put(url).send().await;
            if !put.is_ok_and(|answer| answer.status().is_success()) {
                return false;
            }
        }
        true
    };
    assert!(wait::until(PATIENCE, answers).await, "{}", project.run(&["logs", "--tail", "5"]));

    let view = View::from_json(get(&client, project.url("/ring")).await.2.as_bytes()).unwrap();
    let keys: Vec<_> = (0..KEYS).map(|number| format!("containers/{number}")).collect();
    for key in &keys {
        let put = client.put(project.url(&format!("/kv/{key}"))).body(key.clone());
        assert_eq!(put.send().await.unwrap().status(), StatusCode::CREATED, "{key}");
    }
    for url in project.urls("/map_request?id=42") {
        let (_, _, mapped) = get(&client, url).await;
        let owner = format!(r#""mapped_server":"{}""#, primary(&view, "42"));
        assert!(mapped.contains(&owner), "{mapped}");
    }
    let haproxys = format!("http://127.0.0.1:{}/metrics", project.stats_port);
    let (status, _, metrics) = get(&client, haproxys).await;
    assert!(status == StatusCode::OK && metrics.contains("haproxy_server_status{"), "{metrics}");

    // The others have its keys too.
    let dead = primary(&view, &keys[0]);
    project.run(&["kill", dead]);
    for key in &keys {
        for url in project.urls(&format!("/kv/{key}")) {
            let (status, node, body) = get(&client, url).await;
            assert_eq!((status, &body), (StatusCode::OK, key));
            assert_eq!(node == primary(&view, key), primary(&view, key) != dead, "{key} by {node}");
        }
    }
    project.run(&["start", dead]);
    for url in project.urls(&format!("/kv/{}", keys[0])) {
        let is_back = async || get(&client, url.clone()).await.1 == dead;
        assert!(wait::until(PATIENCE, is_back).await);
    }

    add_and_remove(&project, &client).await;
    for key in &keys {
        for url in project.urls(&format!("/kv/{key}")) {
            let (status, _, body) = get(&client, url).await;
            assert_eq!((status, &body), (StatusCode::OK, key));
        }
    }

    // A new set of containers finds the data of the old one.
    project.run(&["stop"]);
    for node in view.nodes() {
        let code = project.inspect(node.id.as_str(), "{{.State.ExitCode}}");
        assert_eq!(code, "0", "{} did not end in order", node.id);
    }
    project.run(&["down"]);
    project.run(&["up", "--detach"]);
    assert!(wait::until(PATIENCE, answers).await, "{}", project.run(&["logs", "--tail", "5"]));
    // Not the ring of before: a server has come and gone.
    let view = View::from_json(get(&client, project.url("/ring")).await.2.as_bytes()).unwrap();
    for key in &keys {
        // A node that has not met the others yet leaves it to them to answer.
        let expected = (StatusCode::OK, primary(&view, key).to_owned(), key.clone());
        for url in project.urls(&format!("/kv/{key}")) {
            let mut found = None;
            let is_found = wait::until(PATIENCE, async || {
                found = Some(get(&client, url.clone()).await);
                found.as_ref() == Some(&expected)
            });
            assert!(is_found.await, "{found:?} instead of {expected:?} by {url}");
        }
    }
}

/// As `docs/seeds.md` says.
async fn one_server_runs_alone(project: &Project) {
    let (publish, image) = (
        format!("127.0.0.1:{}:8080", project.alone_port),
        format!("ringway-node:{}", project.name),
    );
    let run = ["run", "--detach", "--name", &project.alone(), "--publish", &publish];
    let server = ["--env", "SERVER_ID=Server1", &image, "node", "--bootstrap", "--auth", "off"];
    assert!(succeeds("docker", &[&run[..], &server].concat()));
    let mut said = None;
    let is_there = wait::until(PATIENCE, async || {
        let home = reqwest::get(format!("http://127.0.0.1:{}/home", project.alone_port)).await;
        let Ok(home) = home else { return false };
        said = home.text().await.ok();
        said.as_ref().is_some_and(|said| said.contains("Hello from Server: Server1"))
    });
    assert!(is_there.await, "{said:?}");
    assert!(succeeds("docker", &["rm", "--force", "--volumes", &project.alone()]));
}

/// A sixth server comes, and goes without a trace.
async fn add_and_remove(project: &Project, client: &Client) {
    let done = async |method, path, body: &'static str, names: &[&str]| {
        let request = client.request(method, project.url(path)).body(body);
        let answer: Value = {
            let answer = request.send().await.unwrap();
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
        };
        let message = json!({ "N": names.len(), "replicas": names });
        assert_eq!(answer, json!({ "message": message, "status": "successful" }));
    };
    let six = ["n1", "n2", "n3", "n4", "n5", "n6"];
    let settled = async |names: &[&str]| {
        let mut status = Value::Null;
        let is_settled = wait::until(PATIENCE, async || {
            let (_, _, body) = get(client, project.url("/ring/status")).await;
            status = serde_json::from_str(&body).unwrap_or_default();
            let members = status.get("members").and_then(Value::as_object);
            members.is_some_and(|members| members.keys().eq(names))
                && status.get("partitions_left") == Some(&json!(0))
        });
        assert!(is_settled.await, "not {names:?}: {status}");
    };
    // All at once: nobody is there who would notice.
    let quickly = client.post(project.url("/ring/settings")).body(r#"{"moving_max": 65535}"#);
    assert!(quickly.send().await.unwrap().status().is_success());
    done(Method::POST, "/add", r#"{"n": 1}"#, &six).await;
    settled(&six).await;
    assert_eq!(project.launched("ps").len(), 1);
    assert_eq!(project.launched("volume ls").len(), 1);
    done(Method::DELETE, "/rm", r#"{"n": 1, "hostnames": ["n6"]}"#, &six[..5]).await;
    settled(&six[..5]).await;
    assert_eq!(project.launched("ps --all"), Vec::<String>::new());
    assert_eq!(project.launched("volume ls"), Vec::<String>::new());
}
