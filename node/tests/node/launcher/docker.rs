//! Nodes as containers, where there is Docker.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output};

use super::{Launcher, get, is_gone, node, put, refusal, secret_file};
use crate::client::request;

const BASE_IMAGE: &str = "debian:bookworm-slim";
/// As the project's own image, of the program that is tested.
const DOCKERFILE: &str = "FROM debian:bookworm-slim\n\
    COPY ringway /usr/local/bin/ringway\n\
    ENV HOST=0.0.0.0 PORT=8080 DATA_DIRECTORY=/data\n\
    ENTRYPOINT [\"ringway\"]\n";

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).output().unwrap()
}

fn docker_says(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = docker(arguments);
    assert!(status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

fn is_docker_there() -> bool {
    let there = Command::new("docker").args(["image", "inspect", BASE_IMAGE]).output();
    there.is_ok_and(|output| output.status.success())
}

/// An image, a network and a volume with the secret, all of one name, and the containers
/// and volumes on it. Removed on drop.
struct Ground {
    name: String,
    subnet: String,
    directory: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let name = format!("ringway-launcher-test-{}", std::process::id());
        let ground = Self { name, subnet: format!("10.{high}.{low}"), directory };
        let name = ground.name.as_str();
        let context = ground.directory.path().join("context");
        fs::create_dir(&context).unwrap();
        fs::write(context.join("Dockerfile"), DOCKERFILE).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_ringway"), context.join("ringway")).unwrap();
        docker_says(&["build", "--quiet", "--tag", name, context.to_str().unwrap()]);
        let subnet = format!("{}.0/24", ground.subnet);
        docker_says(&["network", "create", "--subnet", &subnet, name]);
        let secret = secret_file(ground.directory.path());
        let (volume, file) = (format!("{name}:/to"), format!("{}:/from:ro", secret.display()));
        let copy = ["--rm", "--entrypoint", "cp", "-v", &volume, "-v", &file, name];
        docker_says(&[&["run"], &copy[..], &["/from", "/to/secret"]].concat());
        ground
    }

    fn launcher(&self, image: &str, network: &str, variables: &[(&str, &str)]) -> Launcher {
        let names = ["--image", image, "--network", network, "--secret-volume", &self.name];
        let secret = self.directory.path().join("secret");
        Launcher::start(&secret, variables, &[&["docker"], &names[..]].concat())
    }

    /// A container as Compose makes it for `service`, at `.{last}`.
    fn compose_service(&self, service: &str, last: u8, environment: &[&str]) -> String {
        let label = format!("com.docker.compose.service={service}");
        let address = format!("{}.{last}", self.subnet);
        let place = ["--network", &self.name, "--ip", &address, "--label", &label];
        let environment: Vec<_> = environment.iter().flat_map(|pair| ["--env", pair]).collect();
        let data = format!("{}-{service}:/data", self.name);
        let what = ["--volume", &data, &self.name, "node"];
        docker_says(&[&["run", "--detach"], &place[..], &environment, &what].concat())
    }

    fn containers(&self) -> Vec<String> {
        let filter = format!("network={}", self.name);
        let ids = docker_says(&["ps", "--all", "--quiet", "--filter", &filter]);
        ids.lines().map(str::to_owned).collect()
    }

    /// All but that of the secret.
    fn volumes(&self) -> Vec<String> {
        let filter = format!("name={}", self.name);
        let names = docker_says(&["volume", "ls", "--quiet", "--filter", &filter]);
        names.lines().filter(|volume| *volume != self.name).map(str::to_owned).collect()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for container in self.containers() {
            docker(&["rm", "--force", &container]);
        }
        for volume in self.volumes().iter().chain([&self.name]) {
            docker(&["volume", "rm", volume]);
        }
        docker(&["network", "rm", &self.name]);
        docker(&["image", "rm", &self.name]);
    }
}

#[tokio::test]
async fn nodes_are_containers_that_outlive_their_launcher() {
    if !is_docker_there() {
        // A line of its own, past the test runner.
        let reason = format!("there is no Docker, or no image {BASE_IMAGE}");
        let _ = writeln!(io::stdout(), "\nSKIPPED: containers were not launched: {reason}");
        return;
    }
    let ground = Ground::new();
    what_is_missing_is_said_and_nothing_is_left(&ground).await;

    let launcher = ground.launcher(&ground.name, &ground.name, &[]);
    let (n6, n7) = (node("n6"), node("n7"));
    let (n6, n7) = tokio::join!(launcher.client.start(&n6), launcher.client.start(&n7));
    let (n6, n7) = (n6.unwrap(), n7.unwrap());
    let mut addresses = [n6.client.to_string(), n7.client.to_string()];
    addresses.sort();
    assert_eq!(addresses, [128, 129].map(|last| format!("{}.{last}:8080", ground.subnet)));
    assert!(request(n6.client, "GET", "/home", b"").text().contains("Hello from Server: n6"));
    put(n6.client, "a", "kept");
    let what = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} \
                {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}}";
    let container = format!("ringway-{}-n6", ground.name);
    let allowed = docker_says(&["inspect", "--format", what, &container]);
    assert_eq!(allowed, "true [ALL] [no-new-privileges:true] unless-stopped");

    drop(launcher);
    let launcher = ground.launcher(&ground.name, &ground.name, &[]);
    let client = &launcher.client;
    assert_eq!(client.list().await.unwrap(), [n6.clone(), n7.clone()]);
    assert_eq!(client.on_port(8080).await.unwrap().len(), 2);
    assert_eq!(refusal(client.start(&node("n6")).await).0, "name_taken");
    client.stop(&n6.id, true).await.unwrap();
    assert!(is_gone(n6.client));
    assert_eq!(client.list().await.unwrap(), std::slice::from_ref(&n7));
    let back = client.start(&node("n6")).await.unwrap();
    assert_eq!(get(back.client, "a"), "kept");

    a_node_of_compose_is_found_and_removed(&ground, &launcher).await;
    for id in [&n6.id, &n7.id] {
        client.stop(id, false).await.unwrap();
    }
    assert_eq!(refusal(client.stop(&n6.id, false).await).0, "unknown_node");
    assert_eq!(ground.volumes(), [format!("{}-envoy", ground.name)]);
}

async fn what_is_missing_is_said_and_nothing_is_left(ground: &Ground) {
    let name = ground.name.as_str();
    for (image, network, variables, expected) in [
        ("ringway/none:none", name, &[][..], ("image_missing", "ringway/none:none")),
        (name, "ringway-none", &[], ("network_missing", "ringway-none")),
        (name, name, &[("MAX_VALUE_BYTES", "0")], ("node_ended", "--max-value-bytes 0")),
        (name, name, &[("RINGWAY_DOCKER_SOCKET", "/none")], ("docker_missing", "/none")),
        (name, name, &[("RINGWAY_DOCKER_SOCKET", "/")], ("docker_missing", "can't be reached")),
    ] {
        let launcher = ground.launcher(image, network, variables);
        let (code, sentence) = refusal(launcher.client.start(&node("n6")).await);
        assert_eq!(code, expected.0, "{sentence}");
        assert!(sentence.contains(expected.1), "{sentence}");
        assert_eq!(ground.containers(), [""; 0], "{code}");
        assert_eq!(ground.volumes(), [""; 0], "{code}");
    }
    let secret = ground.directory.path().join("secret");
    let launcher = Launcher::start(Path::new(&secret), &[], &["docker", "--image", name]);
    let (code, sentence) = refusal(launcher.client.start(&node("n6")).await);
    assert_eq!(code, "launcher_misconfigured", "{sentence}");
    assert!(sentence.contains("--network"), "{sentence}");
}

async fn a_node_of_compose_is_found_and_removed(ground: &Ground, launcher: &Launcher) {
    ground.compose_service("n3", 11, &["SERVER_ID=n3"]);
    // No node, though it has a name that a node could have; and a stranger.
    ground.compose_service("envoy", 10, &[]);
    let n3 = format!("{}.11:8080", ground.subnet).parse().unwrap();
    let listed = launcher.client.list().await.unwrap();
    assert_eq!(listed.len(), 3, "{listed:?}");
    assert!(listed.iter().any(|node| node.id.as_str() == "n3" && node.client == n3), "{listed:?}");
    assert_eq!(refusal(launcher.client.start(&node("n3")).await).0, "name_taken");
    assert_eq!(refusal(launcher.client.stop(&node("envoy").id, false).await).0, "unknown_node");
    launcher.client.stop(&node("n3").id, false).await.unwrap();
    assert!(is_gone(n3));
    assert_eq!(ground.containers().len(), 3, "envoy, n6 and n7");
}
