//! A project of Compose, and the images that it runs.

use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::Duration;

use xtask::repository;
use xtask::stack::PortBlock;
use xtask::wait;

/// For two builds in the containers, from nothing, on a slow machine. It bounds what
/// this test can cost all others.
const BUILD_PATIENCE: Duration = Duration::from_mins(18);
const BASE_IMAGES: [&str; 4] = [
    "rust:1.95-slim-bookworm",
    "debian:bookworm-slim",
    "envoyproxy/envoy:v1.40.0",
    "haproxy:2.6-bookworm",
];

pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What `docker compose` is called on this machine, whether Docker runs or not.
pub(crate) fn compose_program() -> Result<Vec<&'static str>, String> {
    let known = [vec!["docker", "compose"], vec!["docker-compose"]];
    let mut known = known.into_iter();
    let found = known.find(|command| {
        let (program, arguments) = command.split_first().unwrap();
        succeeds(program, &[arguments, &["version"]].concat())
    });
    found.ok_or_else(|| "there is no Compose".to_owned())
}

/// The same, where Docker is there to do what it is told, or why there is none to use.
pub(crate) fn compose_command() -> Result<Vec<&'static str>, String> {
    if !succeeds("docker", &["info"]) {
        return Err("there is no Docker, or it does not answer".to_owned());
    }
    let found = compose_program()?;
    for image in BASE_IMAGES {
        if !succeeds("docker", &["image", "inspect", image])
            && !succeeds("docker", &["pull", image])
        {
            return Err(format!("Docker has no image {image} and can't get it"));
        }
    }
    Ok(found)
}

/// The images of these tests, by a tag of their own. They are removed on drop.
pub(crate) struct Images {
    compose: Vec<&'static str>,
    pub(crate) tag: String,
}

impl Images {
    pub(crate) async fn build(compose: Vec<&'static str>) -> Self {
        let images = Self { compose, tag: format!("ringway-test-{}", process::id()) };
        Project::plain(&images).build().await;
        images
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        for image in ["ringway-node", "ringway-envoy", "ringway-haproxy"] {
            // Their layers stay, for the next build.
            let image = format!("{image}:{}", self.tag);
            succeeds("docker", &["image", "rm", "--no-prune", &image]);
        }
    }
}

/// A project of its own name, ports and network. It is taken down on drop.
pub(crate) struct Project {
    compose: Vec<&'static str>,
    tag: String,
    name: String,
    network: String,
    _ports: PortBlock,
    port: u16,
    haproxy_port: u16,
    pub(crate) stats_port: u16,
    tls_port: u16,
    haproxy_tls_port: u16,
    /// The directory with the certificate and the file with the admin's password, where there is
    /// `docker-compose.secure.yml` on top.
    secrets: Option<(String, String)>,
}

impl Project {
    /// As `docker-compose.yml` says.
    pub(crate) fn plain(images: &Images) -> Self {
        Self::new(images, images.tag.clone(), None)
    }

    /// With `docker-compose.secure.yml` on top.
    pub(crate) fn secured(images: &Images, certificates: &Path, password: &Path) -> Self {
        let secrets = [certificates, password].map(|path| path.display().to_string());
        Self::new(images, format!("{}-secure", images.tag), Some(secrets.into()))
    }

    fn new(images: &Images, name: String, secrets: Option<(String, String)>) -> Self {
        let mut ports = PortBlock::claim().unwrap();
        let [port, haproxy_port, stats_port, tls_port, haproxy_tls_port] =
            [(); 5].map(|()| ports.free_port().unwrap());
        let [_, _, high, low] = process::id().to_be_bytes();
        Self {
            compose: images.compose.clone(),
            tag: images.tag.clone(),
            name,
            network: format!("10.{high}.{low}"),
            _ports: ports,
            port,
            haproxy_port,
            stats_port,
            tls_port,
            haproxy_tls_port,
            secrets,
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let (program, first) = self.compose.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(first).args(["--project-name", &self.name, "--file", "docker-compose.yml"]);
        command.env_remove("RINGWAY_TLS_DIRECTORY").env_remove("RINGWAY_ADMIN_PASSWORD_FILE");
        if let Some((certificates, password)) = &self.secrets {
            command.args(["--file", "docker-compose.secure.yml"]);
            command.env("RINGWAY_TLS_DIRECTORY", certificates);
            command.env("RINGWAY_ADMIN_PASSWORD_FILE", password);
        }
        command.args(["--profile", "haproxy"]).args(arguments);
        command.current_dir(repository::root()).stdin(Stdio::null());
        for (name, port) in [
            ("RINGWAY_EDGE_PORT", self.port),
            ("RINGWAY_HAPROXY_PORT", self.haproxy_port),
            ("RINGWAY_HAPROXY_STATS_PORT", self.stats_port),
            ("RINGWAY_TLS_PORT", self.tls_port),
            ("RINGWAY_HAPROXY_TLS_PORT", self.haproxy_tls_port),
        ] {
            command.env(name, port.to_string());
        }
        command.env("RINGWAY_NETWORK", &self.network).env("RINGWAY_TAG", &self.tag);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
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

    /// Removes the volume `name` of the project, which nobody uses any more.
    pub(crate) fn remove_volume(&self, name: &str) {
        assert!(succeeds("docker", &["volume", "rm", &format!("{}_{name}", self.name)]), "{name}");
    }

    pub(crate) fn inspect(&self, service: &str, what: &str) -> String {
        // Stopped containers too, which older Compose lists without being asked.
        let id = self.run(&["ps", "--quiet", service]);
        let output = Command::new("docker").args(["inspect", "--format", what, id.trim()]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    }

    /// All that Docker tells of the project's containers, as JSON.
    pub(crate) fn inspect_all(&self) -> String {
        let ids = self.run(&["ps", "--quiet"]);
        let output = Command::new("docker").arg("inspect").args(ids.split_whitespace()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// What Docker's list `of` has of servers that the launcher has started.
    pub(crate) fn launched(&self, of: &str) -> Vec<String> {
        let network = format!("{}_ring", self.name);
        let filter = match of {
            "volume ls" => format!("name=ringway-{network}-"),
            _ => format!("label=ringway.network={network}"),
        };
        let words = of.split(' ').chain(["--quiet", "--filter", &filter]);
        let output = Command::new("docker").args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    /// Of `path`, through either edge.
    pub(crate) fn urls(&self, path: &str) -> [String; 2] {
        [self.port, self.haproxy_port].map(|port| format!("http://127.0.0.1:{port}{path}"))
    }

    /// The same by TLS, where that is spoken.
    pub(crate) fn tls_urls(&self, path: &str) -> [String; 2] {
        [self.tls_port, self.haproxy_tls_port].map(|port| format!("https://127.0.0.1:{port}{path}"))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // Those that the launcher has started are no part of the project.
        for (of, remove) in [("ps --all", "rm --force --volumes"), ("volume ls", "volume rm")] {
            for found in self.launched(of) {
                let words: Vec<_> = remove.split(' ').chain([found.as_str()]).collect();
                succeeds("docker", &words);
            }
        }
        let _down = self.command(&["down", "--volumes", "--timeout", "1"]).output();
    }
}
