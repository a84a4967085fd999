//! Nodes as child processes.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::{Launcher, get, is_gone, node, put, refusal, secret_file, wait_until};
use crate::client::{Client, request};

/// A launcher whose nodes lie below `directory`, from the ports `first` on.
fn launcher(directory: &Path, first: u16, variables: &[(&str, &str)]) -> Launcher {
    let (secret, nodes) = (secret_file(directory), directory.join("nodes"));
    let (nodes, first) = (nodes.to_str().unwrap(), first.to_string());
    let flags =
        ["process", "--directory", nodes, "--first-port", &first, "--first-peer-port", &first];
    Launcher::start(&secret, variables, &flags)
}

/// A port that is taken, with room above.
fn taken_port() -> TcpListener {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if listener.local_addr().unwrap().port() < 60_000 {
            return listener;
        }
    }
}

#[tokio::test]
async fn nodes_are_started_found_and_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let taken = taken_port();
    let first = taken.local_addr().unwrap().port();
    let launcher = launcher(directory.path(), first, &[]);
    let client = &launcher.client;
    assert_eq!(client.list().await.unwrap(), []);

    let (n6, n7) = (node("n6"), node(".."));
    let (n6, n7) = tokio::join!(client.start(&n6), client.start(&n7));
    let (n6, n7) = (n6.unwrap(), n7.unwrap());
    let ports = [n6.client, n6.peer, n7.client, n7.peer].map(|address| address.port());
    assert!(ports.iter().all(|&port| port > first), "{ports:?} from {first}");
    assert!(request(n6.client, "GET", "/home", b"").text().contains("Hello from Server: n6"));
    put(n6.client, "a", "of n6");
    put(n7.client, "a", "of ..");
    assert_eq!(client.list().await.unwrap(), [n7.clone(), n6.clone()]);
    assert_eq!(client.on_port(n6.client.port()).await.unwrap(), std::slice::from_ref(&n6));
    assert_eq!(client.on_port(first).await.unwrap(), []);
    assert_eq!(refusal(client.start(&node("n6")).await).0, "name_taken");

    client.stop(&n6.id, true).await.unwrap();
    assert!(is_gone(n6.client));
    assert_eq!(client.list().await.unwrap(), std::slice::from_ref(&n7));
    let back = client.start(&node("n6")).await.unwrap();
    assert_eq!(get(back.client, "a"), "of n6");
    assert_eq!(get(n7.client, "a"), "of ..");

    client.stop(&n6.id, false).await.unwrap();
    assert!(is_gone(back.client));
    assert!(!directory.path().join("nodes/node-n6").exists());
    assert!(directory.path().join("nodes/node-../data").exists());
    assert_eq!(refusal(client.stop(&n6.id, false).await).0, "unknown_node");
    assert!(launcher.terminate().success());
    assert!(is_gone(n7.client));
}

#[tokio::test]
async fn a_node_that_does_not_come_up_is_said_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let first = taken_port().local_addr().unwrap().port();
    let launcher = launcher(directory.path(), first, &[("MAX_VALUE_BYTES", "0")]);
    let (code, sentence) = refusal(launcher.client.start(&node("n6")).await);
    assert_eq!(code, "node_ended");
    assert!(sentence.contains("n6") && sentence.contains("--max-value-bytes 0"), "{sentence}");
    assert_eq!(launcher.client.list().await.unwrap(), []);
    assert!(!directory.path().join("nodes/node-n6").exists());
}

#[tokio::test]
async fn nodes_end_with_a_killed_launcher_and_start_with_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let first = taken_port().local_addr().unwrap().port();
    let killed = launcher(directory.path(), first, &[]);
    let n6 = killed.client.start(&node("n6")).await.unwrap();
    let n7 = killed.client.start(&node("n7")).await.unwrap();
    put(n6.client, "a", "kept");
    killed.client.stop(&n7.id, true).await.unwrap();
    drop(killed);
    wait_until("n6 ends", || is_gone(n6.client));

    let next = launcher(directory.path(), first, &[]);
    wait_until("n6 is back", || !is_gone(n6.client));
    assert_eq!(get(n6.client, "a"), "kept");
    assert_eq!(next.client.list().await.unwrap(), [n6], "n7 was not wanted any more");
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_told_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let first = taken_port().local_addr().unwrap().port();
    let launcher = launcher(directory.path(), first, &[]);
    let other = directory.path().join("other");
    fs::write(&other, "some other cluster's secret").unwrap();
    let url = format!("http://{}", launcher.address);
    let stranger = ringway::LauncherClient::new(&url, &other).unwrap();
    assert_eq!(refusal(stranger.list().await).0, "unauthorized");
    assert_eq!(refusal(stranger.start(&node("n6")).await).0, "unauthorized");
    assert_eq!(refusal(stranger.stop(&node("n6").id, false).await).0, "unauthorized");
    for (method, path) in [("GET", "/nodes"), ("GET", "/"), ("DELETE", "/nodes/n1"), ("PUT", "/x")]
    {
        let answer = request(launcher.address, method, path, b"");
        assert_eq!((answer.status, answer.code()), (401, "unauthorized".to_owned()), "{path}");
    }
    assert_eq!(launcher.client.list().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_badly_asked_is_refused_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let first = taken_port().local_addr().unwrap().port();
    let launcher = launcher(directory.path(), first, &[]);
    let nobody = ringway::StartNode { join: Vec::new(), ..node("n6") };
    let (code, sentence) = refusal(launcher.client.start(&nobody).await);
    assert_eq!((&*code, &*sentence), ("bad_request", "join names no member of a cluster"));
    // What is sent in the middle of a request is lost with its connection, without harm.
    let mut broken = Client::connect(launcher.address).unwrap();
    broken.send(b"POST /nodes HTTP/1.1\r\nhost: l\r\ncontent-length: 9\r\n\r\n{").unwrap();
    drop(broken);
    assert_eq!(launcher.client.list().await.unwrap(), []);
}
