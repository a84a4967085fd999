//! What the small systems offered, row by row of `docs/seeds.md`, through Envoy, with the very
//! requests of their documents.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

mod alone;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use reqwest::{Client, Method};
use ringway_ring::NodeId;
use serde_json::{Value, json};
use xtask::artifacts::{Artifacts, Profile};
use xtask::repository;
use xtask::stack::{Node, Stack, StackOptions};
use xtask::wait;

use alone::Alone;

/// A server may take as long to hand everything over and end.
const PATIENCE: Duration = Duration::from_mins(2);
/// What comes behind it is not walked.
const LAST: &str = "## Not walked by that test";

/// Three nodes behind both edges, and what a user of the small systems would do with them.
struct Walk {
    stack: Stack,
    client: Client,
    directory: tempfile::TempDir,
    /// Of which some rows tell; it is started when the first does.
    alone: Option<Alone>,
}

#[tokio::test]
async fn every_row_of_the_table_is_as_it_says() {
    let mut walk = Walk::start().await;
    for row in rows() {
        walk.row(&row).await;
    }
}

/// What the small systems had: the first cells of the tables, without the systems' numbers.
fn rows() -> Vec<String> {
    let text = fs::read_to_string(repository::root().join("docs/seeds.md")).unwrap();
    let (walked, _) = text.split_once(LAST).unwrap();
    let cells = walked.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let cells = cells.filter(|cell| !matches!(*cell, "there" | "---"));
    let rows: Vec<_> = cells.map(|cell| cell.rsplit_once(" (").unwrap().0.to_owned()).collect();
    assert_eq!(rows.len(), 34, "a row was added or taken away: {rows:#?}");
    rows
}

/// That `cargo xtask up` takes it so; it is started as a whole in `xtask/tests/up.rs`.
fn up(part: &str) {
    let help = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["up", "--help"]).output();
    let help = String::from_utf8(help.unwrap().stdout).unwrap();
    assert!(help.contains(part), "{part}: {help}");
}

/// That there is the command of which this is a part.
fn tests() {
    let help = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.lines().filter_map(|line| line.split_whitespace().next());
    let has = ["test", "bench"].map(|name| commands.clone().any(|command| command == name));
    assert_eq!(has, [true, true], "{help}");
}

impl Walk {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("{id}.json").to_str().unwrap().to_owned();
        let arguments = ["--persistence-interval-seconds", "1", "--data-file-path", &data_file];
        let options = StackOptions {
            haproxy: true,
            launcher: true,
            node_arguments: arguments.map(str::to_owned).to_vec(),
            ..StackOptions::of(3)
        };
        let stack = Stack::start(options).await.unwrap();
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { stack, client, directory, alone: None }
    }

    async fn row(&mut self, row: &str) {
        match row {
            "`GET /home`" => self.home().await,
            "`GET /heartbeat`" => self.says("GET", "/heartbeat", "Hello").await,
            "`GET /map_request?id=123456`" => self.map_request().await,
            "`GET /map_request`" => self.map_request_of_nothing().await,
            "`GET /rep`" => self.replicas(&["n1", "n2", "n3"]).await,
            "`POST /add` `{\"n\": 2, \"hostnames\": [\"extra\"]}`" => self.add().await,
            "`DELETE /rm` `{\"n\": 2, \"hostnames\": [\"extra\"]}`" => self.remove().await,
            "`PUT /put?key=myKey&value=myValue`" => self.put().await,
            "`GET /get?key=myKey`" => self.says("GET", "/get?key=myKey", "myValue").await,
            "`DELETE /del?key=myKey`" => self.delete().await,
            "`POST /add_server`" => self.add_server().await,
            "`POST /remove_server`" => self.remove_server().await,
            "`GET /shutdown?port=portnumber`" => self.shut_down().await,
            "the ring redistributes keys when servers come and go" => self.redistributed().await,
            "`insert()` with POST, `retrieve()` with GET, at the endpoint, master and slaves" => {
                self.at_any_node().await;
            }
            "`getSlavesList()`, `delSlavesList()`, `getMasterList()`, `delMasterList()`" => {
                self.lists().await;
            }
            "a server that fails its health check is left out, and taken back when it passes" => {
                self.failing().await;
            }
            "`SERVER_ID`" => self.names().await,
            "`PORT`, `HOST`" | "`PERSISTENCE_INTERVAL_SECONDS`" => self.defaults().await,
            "port 5000" => up("--edge-port <PORT>"),
            "five servers unless said" => up("[default: 5]"),
            "`python key_value_server.py`, `python Task.py`" => {
                self.alone().await.is_called_as_it_was_told().await;
            }
            "SQLite databases" => self.alone().await.keeps_its_data().await,
            "`DATA_DIRECTORY`, data is found after a restart" => self.restarted().await,
            "`DATA_FILE_PATH`, a JSON file for each server" => self.data_files().await,
            "many virtual nodes a server" => self.partitions().await,
            "the client puts or receives a file" => self.files().await,
            "`BASE_URL`, `NUM_REQUESTS`, `NUM_CLIENTS`, `READ_PERCENTAGE`, `ALL_METHODS`, \
             `TEST_DISTRIBUTION`, `TEST_ADD_OR_REMOVE`, the status of each request, a CSV with latency \
             and throughput" => self.load().await,
            "Locust files, `locust_results.py`, `performance.sh`" => self.results().await,
            "`python tests.py`" => tests(),
            "the endpoint's logs, which an administrator watches" => self.watched().await,
            "whether the endpoint directs requests rightly, and data is replicated, which an \
             administrator watches" => self.directed().await,
            "HAProxy before up to three instances on port 80, statistics on 8404" => {
                self.haproxy().await;
            }
            other => panic!("nobody walks this row: {other}"),
        }
    }

    /// The status and the text of what the edge answers.
    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let url = format!("{}{path}", self.stack.edge().url());
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn says(&self, method: &str, path: &str, text: &str) {
        assert_eq!(self.ask(method, path, "").await, (200, text.to_owned()), "{path}");
    }

    async fn json(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = self.ask(method, path, body).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn home(&self) {
        let home = self.json("GET", "/home", "").await;
        let servers = ["n1", "n2", "n3"].map(|id| format!("Hello from Server: {id}"));
        assert!(servers.iter().any(|server| home["message"] == **server), "{home}");
        assert_eq!(home["status"], "successful");
    }

    async fn map_request(&self) {
        let mapped = self.json("GET", "/map_request?id=123456", "").await;
        let explained = self.json("GET", "/explain/123456", "").await;
        let expected = json!({ "request_id": 123_456, "mapped_server": explained["replicas"][0] });
        assert_eq!(mapped, expected);
    }

    async fn map_request_of_nothing(&self) {
        let (status, text) = self.ask("GET", "/map_request", "").await;
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &body["code"]), (400, &"id_missing".into()));
        assert!(body["error"].is_string());
    }

    async fn replicas(&self, names: &[&str]) {
        let expected = json!({ "N": names.len(), "replicas": names });
        assert_eq!(self.json("GET", "/rep", "").await, expected);
    }

    /// Asks for a change of servers, and waits until these are all there are.
    async fn changed(&self, method: &str, path: &str, body: &str, names: &[&str]) {
        let message = json!({ "N": names.len(), "replicas": names });
        let answer = self.json(method, path, body).await;
        assert_eq!(answer, json!({ "message": message, "status": "successful" }));
        let mut status = Value::Null;
        let is_settled = wait::until(PATIENCE, async || {
            status = self.json("GET", "/ring/status", "").await;
            status["members"].as_object().is_some_and(|members| members.len() == names.len())
                && status["partitions_left"] == 0
        });
        assert!(is_settled.await, "{status}");
        self.replicas(names).await;
    }

    async fn add(&self) {
        let body = r#"{"n": 2, "hostnames": ["extra"]}"#;
        self.changed("POST", "/add", body, &["extra", "n1", "n2", "n3", "n4"]).await;
    }

    async fn remove(&self) {
        let body = r#"{"n": 2, "hostnames": ["extra"]}"#;
        self.changed("DELETE", "/rm", body, &["n1", "n2", "n3"]).await;
    }

    async fn put(&self) {
        let (status, text) = self.ask("PUT", "/put?key=myKey&value=myValue", "").await;
        assert_eq!(status, 201, "{text}");
        let (status, text) = self.ask("PUT", "/put?key=myKey&value=myValue", "").await;
        assert_eq!(status, 200, "{text}");
    }

    async fn delete(&self) {
        assert_eq!(self.json("DELETE", "/del?key=myKey", "").await["key"], "myKey");
        assert_eq!(self.ask("GET", "/get?key=myKey", "").await.0, 404);
        // What the rows below find again.
        for number in 0..50 {
            let path = format!("/put?key=key{number}&value=value{number}");
            assert_eq!(self.ask("PUT", &path, "").await.0, 201, "{path}");
        }
    }

    async fn add_server(&self) {
        self.changed("POST", "/add_server", "", &["n1", "n2", "n3", "n4"]).await;
        self.all_there().await;
    }

    async fn remove_server(&self) {
        self.changed("POST", "/remove_server", "", &["n1", "n2", "n3"]).await;
        self.all_there().await;
    }

    async fn all_there(&self) {
        for number in 0..50 {
            let path = format!("/get?key=key{number}");
            self.says("GET", &path, &format!("value{number}")).await;
        }
    }

    async fn shut_down(&mut self) {
        let id: NodeId = "n3".parse().unwrap();
        let address = self.stack.node(&id).address();
        let said = self.json("GET", &format!("/shutdown?port={}", address.port()), "").await;
        assert_eq!(said["status"], "successful");
        let has_ended = async || tokio::net::TcpStream::connect(address).await.is_err();
        assert!(wait::until(PATIENCE, has_ended).await);
        self.all_there().await;
        self.replicas(&["n1", "n2", "n3"]).await;
        self.stack.restart(&id).await.unwrap();
        self.stack.settle().await.unwrap();
    }

    async fn redistributed(&self) {
        let before = self.stack.view().await.unwrap();
        self.changed("POST", "/add_server?hostname=more", "", &["more", "n1", "n2", "n3"]).await;
        let status = self.json("GET", "/ring/status", "").await;
        assert_eq!(status["members"]["more"]["state"], "active");
        self.all_there().await;
        self.changed("POST", "/remove_server?hostname=more", "", &["n1", "n2", "n3"]).await;
        self.all_there().await;
        let after = self.stack.view().await.unwrap();
        assert!(after.epoch() > before.epoch());
    }

    async fn at_any_node(&self) {
        for node in self.stack.nodes() {
            let url = format!("{}/kv/of%20{}", node.url(), node.id());
            let put = self.client.put(&url).body(node.id().to_string()).send().await.unwrap();
            assert_eq!(put.status().as_u16(), 201);
            self.says("GET", &format!("/kv/of%20{}", node.id()), node.id().as_str()).await;
        }
    }

    async fn lists(&self) {
        let ring = self.json("GET", "/ring", "").await;
        let nodes: Vec<SocketAddr> = self.stack.nodes().iter().map(Node::address).collect();
        let text = ring.to_string();
        assert!(nodes.iter().all(|address| text.contains(&address.to_string())), "{text}");
    }

    async fn failing(&mut self) {
        let id: NodeId = "n2".parse().unwrap();
        self.stack.kill(&id);
        self.all_there().await;
        let health = async |health: &str| {
            wait::until(PATIENCE, async || {
                let status = self.json("GET", "/ring/status", "").await;
                status["members"]["n2"]["health"] == health
            })
            .await
        };
        assert!(health("down").await);
        self.all_there().await;
        self.stack.restart(&id).await.unwrap();
        self.stack.settle().await.unwrap();
        self.all_there().await;
    }

    async fn names(&self) {
        for node in self.stack.nodes() {
            let home = reqwest::get(format!("{}/home", node.url())).await.unwrap();
            let home: Value = serde_json::from_str(&home.text().await.unwrap()).unwrap();
            assert_eq!(home["message"], format!("Hello from Server: {}", node.id()));
        }
    }

    /// What a node takes from the environment, and what it goes by without.
    async fn defaults(&self) {
        let help = self.ringway(&["node", "--help"]).await;
        for part in [
            "[env: HOST=]",
            "[default: 127.0.0.1]",
            "[env: PORT=]",
            "[default: 8080]",
            "[env: PERSISTENCE_INTERVAL_SECONDS=]",
            "[env: DATA_DIRECTORY=]",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
    }

    async fn restarted(&mut self) {
        let ids: Vec<NodeId> = self.stack.nodes().iter().map(|node| node.id().clone()).collect();
        for id in &ids {
            self.stack.kill(id);
        }
        for id in &ids {
            self.stack.restart(id).await.unwrap();
        }
        self.stack.settle().await.unwrap();
        self.all_there().await;
    }

    /// Each of three nodes holds everything.
    async fn data_files(&self) {
        let mut expected = serde_json::Map::new();
        expected.extend((0..50).map(|at| (format!("key{at}"), format!("value{at}").into())));
        expected.extend(["n1", "n2", "n3"].map(|id| (format!("of {id}"), id.into())));
        let expected = Value::Object(expected);
        for node in self.stack.nodes() {
            let path = self.directory.path().join(format!("{}.json", node.id()));
            let mut found = Value::Null;
            let is_there = wait::until(PATIENCE, async || {
                let text = fs::read(&path).unwrap_or_else(|_| b"null".to_vec());
                found = serde_json::from_slice(&text).unwrap();
                expected.as_object().unwrap().iter().all(|(key, value)| found[key] == *value)
            });
            assert!(is_there.await, "{}: {found}", path.display());
        }
    }

    async fn partitions(&self) {
        let view = self.stack.view().await.unwrap();
        let held = view.assignment().partitions().iter().map(|it| view.preference_list(it).count());
        assert_eq!(held.collect::<Vec<_>>(), vec![3; 4096]);
    }

    /// As the load tester of that system was told what to do.
    async fn load(&self) {
        let csv = self.path("latencies.csv");
        let of_all = [
            ("NUM_REQUESTS", "20"),
            ("NUM_CLIENTS", "2"),
            ("READ_PERCENTAGE", "80"),
            ("CSV", csv.to_str().unwrap()),
        ];
        for (name, said) in [
            ("TEST_DISTRIBUTION", "peak ÷ average"),
            ("ALL_METHODS", "\ndelete  "),
            ("TEST_ADD_OR_REMOVE", "DELETE /rm of 1: agreed on after"),
        ] {
            let variables = [&of_all[..], &[(name, "true"), ("STEADY", "100ms")]].concat();
            let Output { status, stdout, stderr } = self.asked(&["bench"], &variables).await;
            let out = String::from_utf8(stdout).unwrap();
            assert!(out.contains(said), "{name}: {out}{}", String::from_utf8_lossy(&stderr));
            // What fails is told, also while servers come and go.
            assert_eq!(status.success(), out.contains("failed: none"), "{name}: {status}: {out}");
            let rows = fs::read_to_string(&csv).unwrap();
            assert!(rows.lines().count() > 20, "{name}: {rows}");
        }
        self.replicas(&["n1", "n2", "n3"]).await;
    }

    async fn files(&self) {
        let [from, to] = ["from", "to"].map(|name| self.path(name));
        let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
        fs::write(&from, &bytes).unwrap();
        self.ringway(&["put", "a file", "--file", from.to_str().unwrap()]).await;
        self.ringway(&["get", "a file", "-o", to.to_str().unwrap()]).await;
        assert!(fs::read(to).unwrap() == bytes);
    }

    async fn alone(&mut self) -> &mut Alone {
        if self.alone.is_none() {
            self.alone = Some(Alone::start(self.directory.path()).await);
        }
        self.alone.as_mut().unwrap()
    }

    /// What was measured, as a page, and put beside what was measured before.
    async fn results(&self) {
        let [csv, page] = ["run.csv", "run.html"].map(|name| self.path(name));
        let [csv, page] = [csv.to_str().unwrap(), page.to_str().unwrap()];
        let words = ["bench", "--num-requests", "50", "--num-clients", "2"];
        self.ringway(&[&words[..], &["--csv", csv, "--report", page]].concat()).await;
        assert!(fs::read_to_string(page).unwrap().contains("<svg"));
        let compared = self.ringway(&["bench", "compare", csv, csv]).await;
        assert!(compared.contains("no more than noise"), "{compared}");
    }

    async fn watched(&mut self) {
        self.alone().await.tells_what_it_does();
        let edge = format!("{}/stats/prometheus", self.stack.edge().admin_url());
        let node = format!("{}/metrics", self.stack.nodes()[0].url());
        for (url, metric) in [(edge, "ringway_lookups_total"), (node, "ringway_requests_total")] {
            let metrics = reqwest::get(&url).await.unwrap().text().await.unwrap();
            assert!(metrics.contains(metric), "{url}: {metrics}");
        }
    }

    /// Asks who would serve a key, and finds it with all who hold it.
    async fn directed(&self) {
        let explained = self.json("GET", "/explain/key7", "").await;
        assert_eq!(explained["serves"], explained["replicas"][0], "{explained}");
        for node in self.stack.nodes() {
            let copy = format!("{}/kv/key7?consistency=one", node.url());
            let copy = reqwest::get(copy).await.unwrap().text().await.unwrap();
            assert_eq!(copy, "value7", "{}", node.id());
        }
        let status = self.json("GET", "/ring/status", "").await;
        assert_eq!(status["partitions_left"], 0, "{status}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What `ringway` says on standard output to `words`, asked of the edge.
    async fn ringway(&self, words: &[&str]) -> String {
        let output = self.asked(words, &[]).await;
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {why}");
        String::from_utf8(output.stdout).unwrap()
    }

    async fn asked(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let binary = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        let url = self.stack.edge().url();
        let mut command = Command::new(binary);
        command.env_clear().env("RINGWAY_URL", &url).env("BASE_URL", &url);
        command.envs(variables.iter().copied()).args(words).output().unwrap()
    }

    async fn haproxy(&self) {
        let haproxy = self.stack.haproxy();
        let value = reqwest::get(format!("{}/get?key=key7", haproxy.url())).await.unwrap();
        assert_eq!(value.text().await.unwrap(), "value7");
        let put = self.client.put(format!("{}/put?key=myKey&value=other", haproxy.url()));
        assert_eq!(put.send().await.unwrap().status().as_u16(), 201);
        self.says("GET", "/get?key=myKey", "other").await;
        let page = reqwest::get(format!("{}/", haproxy.stats_url())).await.unwrap();
        let page = page.text().await.unwrap();
        assert!(page.contains("Statistics Report for HAProxy"), "{page}");
        let shipped = repository::root().join("haproxy/haproxy.cfg");
        let shipped = fs::read_to_string(shipped).unwrap();
        assert!(shipped.contains("bind 0.0.0.0:80 ") && shipped.contains("-127.0.0.1}:8404\" "));
    }
}
