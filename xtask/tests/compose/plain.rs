//! `docker compose --profile haproxy up` as a person sees it.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use ringway_ring::{Key, View};
use serde_json::{Value, json};
use xtask::wait;

use crate::project::Project;

const PATIENCE: Duration = Duration::from_mins(2);
const KEYS: usize = 40;
/// How many writes in a row prove that Envoy is ready.
const READY_PUTS: usize = 16;

/// Of `path`, through Envoy.
fn url(project: &Project, path: &str) -> String {
    let [url, _] = project.urls(path);
    url
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

/// Five nodes and both edges, as `docker-compose.yml` says.
pub(crate) async fn five_nodes_and_both_edges(project: &Project) {
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

    let view = View::from_json(get(&client, url(project, "/ring")).await.2.as_bytes()).unwrap();
    let keys: Vec<_> = (0..KEYS).map(|number| format!("containers/{number}")).collect();
    for key in &keys {
        let put = client.put(url(project, &format!("/kv/{key}"))).body(key.clone());
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

    add_and_remove(project, &client).await;
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
    let view = View::from_json(get(&client, url(project, "/ring")).await.2.as_bytes()).unwrap();
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
    no_second_cluster_is_made(project, &client).await;
}

/// The node that has made the cluster makes no other when its data are gone.
async fn no_second_cluster_is_made(project: &Project, client: &Client) {
    project.run(&["rm", "--stop", "--force", "n1"]);
    project.remove_volume("n1");
    project.run(&["up", "--detach", "--no-deps", "n1"]);
    let is_refused = async || project.run(&["logs", "n1"]).contains("is a member with the disk");
    assert!(wait::until(PATIENCE, is_refused).await, "{}", project.run(&["logs", "n1"]));
    let (_, _, status) = get(client, url(project, "/ring/status")).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["members"].as_object().unwrap().len(), 5, "{status}");
}

/// A sixth server comes, and goes without a trace.
async fn add_and_remove(project: &Project, client: &Client) {
    let done = async |method, path, body: &'static str, names: &[&str]| {
        let request = client.request(method, url(project, path)).body(body);
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
            let (_, _, body) = get(client, url(project, "/ring/status")).await;
            status = serde_json::from_str(&body).unwrap_or_default();
            let members = status.get("members").and_then(Value::as_object);
            members.is_some_and(|members| members.keys().eq(names))
                && status.get("partitions_left") == Some(&json!(0))
        });
        assert!(is_settled.await, "not {names:?}: {status}");
    };
    // All at once: nobody is there who would notice.
    let quickly = client.post(url(project, "/ring/settings")).body(r#"{"moving_max": 65535}"#);
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
