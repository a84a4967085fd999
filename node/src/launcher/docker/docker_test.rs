//! What is said where Docker, or something in it, is missing: by an engine that is not there, and
//! by one that knows of nothing but what a test says.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::*;

const IMAGE: &str = "ringway:here";

fn backend(socket: &Path, image: Option<&str>) -> DockerBackend {
    let config = DockerConfig {
        socket: socket.to_owned(),
        image: image.map(str::to_owned),
        network: Some("ringway_default".to_owned()),
        secret_volume: Some("ringway_secret".to_owned()),
        secret_file: "/secret/cluster".into(),
    };
    DockerBackend::new(config, "http://127.0.0.1:1".to_owned())
}

/// What each call of the launcher comes to: none does anything before Docker is there.
async fn codes(backend: &DockerBackend) -> Vec<&'static str> {
    let id: NodeId = "n6".parse().unwrap();
    let node = StartNode {
        id: id.clone(),
        join: vec!["127.0.0.1:1".parse().unwrap()],
        zone: ringway_ring::Zone::default(),
        token: None,
        weight: ringway_ring::Weight::ONE,
    };
    let started = backend.start(node).await.map(|_| ());
    let stopped = backend.stop(id, false).await;
    let listed = backend.list().await.map(|_| ());
    [started, stopped, listed]
        .map(|result| result.map_or_else(|error| error.code(), |()| ""))
        .into()
}

/// An engine that answers what is in `known`, by the end of the path, and 404 to all else.
fn engine(directory: &TempDir, known: &[(&'static str, &'static str)]) -> PathBuf {
    let socket = directory.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let known: BTreeMap<_, _> = known.iter().copied().collect();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, known.clone()));
        }
    });
    socket
}

async fn serve(stream: UnixStream, known: BTreeMap<&'static str, &'static str>) {
    let mut stream = BufReader::new(stream);
    let mut target = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
            return;
        }
        if !line.trim().is_empty() {
            target = target.or_else(|| line.split(' ').nth(1).map(str::to_owned));
            continue;
        }
        let asked = target.take().unwrap_or_default();
        let path = asked.split('?').next().unwrap_or_default();
        let found = known.iter().find(|(end, _)| path.ends_with(**end));
        let (status, body) = found
            .map_or(("404 Not Found", r#"{"message":"no such thing"}"#), |it| ("200 OK", *it.1));
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

const VERSION: (&str, &str) = ("/version", r#"{"Version":"20.10","ApiVersion":"1.41"}"#);
const THE_IMAGE: (&str, &str) = ("/images/ringway:here/json", r#"{"Id":"sha256:1"}"#);
const NO_CONTAINERS: (&str, &str) = ("/containers/json", "[]");

#[tokio::test]
async fn where_docker_does_not_answer_every_call_says_so() {
    let directory = TempDir::new().unwrap();
    let nowhere = directory.path().join("nowhere.sock");
    assert_eq!(codes(&backend(&nowhere, Some(IMAGE))).await, ["docker_missing"; 3]);

    let deserted = directory.path().join("deserted.sock");
    drop(UnixListener::bind(&deserted).unwrap());
    assert_eq!(codes(&backend(&deserted, Some(IMAGE))).await, ["docker_missing"; 3]);

    let error = backend(&nowhere, Some(IMAGE)).list().await.unwrap_err().to_string();
    assert!(error.contains(nowhere.to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn what_docker_has_not_is_named() {
    let directory = TempDir::new().unwrap();
    let socket = engine(&directory, &[VERSION, NO_CONTAINERS]);
    let expected = ["image_missing", "unknown_node", ""];
    assert_eq!(codes(&backend(&socket, Some(IMAGE))).await, expected);
    let not_told = codes(&backend(&socket, None)).await;
    assert_eq!(not_told, ["launcher_misconfigured"; 3], "and this is no container of that Docker");

    let directory = TempDir::new().unwrap();
    let socket = engine(&directory, &[VERSION, NO_CONTAINERS, THE_IMAGE]);
    assert_eq!(
        codes(&backend(&socket, Some(IMAGE))).await,
        ["network_missing", "unknown_node", ""]
    );
}
