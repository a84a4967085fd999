//! `docker-compose.secure.yml` on top.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::artifacts::{Artifacts, Profile};
use xtask::repository;
use xtask::wait;

use crate::project::{Images, Project};

const PATIENCE: Duration = Duration::from_mins(2);
const PASSWORD: &str = "an admin's password";

/// Who uses it, from this machine, with nothing of this machine's user.
struct Person {
    directory: TempDir,
    program: PathBuf,
}

impl Person {
    async fn new() -> Self {
        let program = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        let person = Self { directory: tempfile::tempdir().unwrap(), program };
        fs::create_dir(person.path("tls")).unwrap();
        // As the README says that a certificate is made to try it out.
        let readme = fs::read_to_string(repository::root().join("README.md")).unwrap();
        let begun = readme.split_once("openssl req ").unwrap().1;
        let mut lines = begun.lines();
        let mut line = format!("openssl req {}", lines.next().unwrap());
        while let Some(half) = line.strip_suffix('\\') {
            line = half.to_owned() + lines.next().unwrap();
        }
        let made = person.run("sh", &["-c", &line]);
        assert!(made.status.success(), "{line}: {made:?}");
        fs::write(person.path("admin"), format!("{PASSWORD}\n")).unwrap();
        person.set_mode("admin", 0o600);
        person
    }

    fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, program: &str, words: &[&str]) -> Output {
        let home = self.directory.path();
        let mut command = Command::new(program);
        command.args(words).current_dir(home).stdin(Stdio::null());
        command.env("HOME", home).env_remove("XDG_CONFIG_HOME");
        command.output().unwrap()
    }

    fn try_ringway(&self, url: &str, words: &[&str]) -> Output {
        let reach = ["--url", url, "--ca-file", "tls/certificate.pem"];
        self.run(self.program.to_str().unwrap(), &[words, &reach].concat())
    }

    fn ringway(&self, url: &str, words: &[&str]) -> String {
        let said = self.try_ringway(url, words);
        assert!(said.status.success(), "{words:?} of {url}: {said:?}");
        String::from_utf8(said.stdout).unwrap()
    }

    /// The same of what may just be coming up.
    async fn ringway_once_up(&self, project: &Project, url: &str, words: &[&str]) -> String {
        let is_up = async || self.try_ringway(url, words).status.success();
        assert!(wait::until(PATIENCE, is_up).await, "{}", project.run(&["logs", "--tail", "5"]));
        self.ringway(url, words)
    }

    /// The status and the body.
    fn curl(&self, url: &str, words: &[&str]) -> (String, String) {
        let always = ["--silent", "--noproxy", "*", "--max-time", "200", "--cacert"];
        let told = ["tls/certificate.pem", "--write-out", "\n%{http_code}", url];
        let said = self.run("curl", &[&always[..], &told, words].concat());
        let text = String::from_utf8(said.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }

    /// The token that `ringway login` has kept for `url`.
    fn bearer(&self, url: &str) -> String {
        let kept = fs::read(self.path(".config/ringway/tokens.json")).unwrap();
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        format!("authorization: Bearer {}", kept[url]["token"].as_str().unwrap())
    }
}

/// Clients need tokens, and both edges speak TLS with them.
pub(crate) async fn tokens_and_tls(images: &Images) {
    let person = Person::new().await;
    let project = Project::secured(images, &person.path("tls"), &person.path("admin"));
    what_is_missing_is_said(&project);
    what_others_can_read_is_refused(&person, &project);
    project.run(&["up", "--detach"]);
    let urls = project.tls_urls("");
    for url in &urls {
        let login = ["login", "admin", "--password-file", "admin"];
        assert!(person.ringway_once_up(&project, url, &login).await.contains("logged in"));
        person.ringway_once_up(&project, url, &["put", "greetings", "Moin"]).await;
        person.ringway(url, &["put", "greetings", url]);
        assert_eq!(person.ringway(url, &["get", "greetings"]), *url);
    }
    for url in project.tls_urls("/kv/greetings") {
        let (status, body) = person.curl(&url, &[]);
        assert!(status == "401" && body.contains("token_missing"), "{url}: {body}");
    }
    // Neither on the ports of docker-compose.yml nor on those with TLS.
    let plain = project.tls_urls("/heartbeat").map(|url| url.replace("https", "http"));
    for url in project.urls("/heartbeat").iter().chain(&plain) {
        assert_eq!(person.curl(url, &[]).0, "000", "{url}");
    }
    nothing_secret_is_seen_from_outside(&project);
    add_and_remove(&person, &project, &urls[0]).await;

    // A new set of containers, which needs no token to join.
    project.run(&["down"]);
    project.run(&["up", "--detach"]);
    for url in &urls {
        let read = person.ringway_once_up(&project, url, &["get", "greetings"]).await;
        assert_eq!(read, urls[1]);
    }
}

fn what_is_missing_is_said(project: &Project) {
    for (name, named) in [
        ("RINGWAY_TLS_DIRECTORY", "certificate.pem"),
        ("RINGWAY_ADMIN_PASSWORD_FILE", "password of admin"),
    ] {
        let refused = project.command(&["config"]).env_remove(name).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains(named), "{name}: {said}");
    }
}

fn what_others_can_read_is_refused(person: &Person, project: &Project) {
    for (file, named) in [("tls/key.pem", "tls/key.pem"), ("admin", "password")] {
        person.set_mode(file, 0o640);
        let refused = project.command(&["run", "--rm", "credentials"]).output().unwrap();
        let said = [refused.stdout, refused.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let expected = format!("{named} is open to others: chmod 600 it");
        assert!(!refused.status.success() && said.contains(&expected), "{said}");
        person.set_mode(file, 0o600);
    }
}

fn nothing_secret_is_seen_from_outside(project: &Project) {
    let seen = project.inspect_all();
    assert!(seen.contains("RINGWAY_ADMIN_PASSWORD_FILE=") && !seen.contains(PASSWORD), "{seen}");
    let containers: Value = serde_json::from_str(&seen).unwrap();
    for container in containers.as_array().unwrap() {
        let (name, host) = (&container["Name"], &container["HostConfig"]);
        assert_eq!(host["ReadonlyRootfs"], true, "{name}");
        assert_eq!(host["CapDrop"], json!(["ALL"]), "{name}");
    }
}

/// A sixth server joins by a token that it is handed, and goes without a trace.
async fn add_and_remove(person: &Person, project: &Project, url: &str) {
    person.ringway(url, &["ring", "settings", "--moving-max", "65535"]);
    let bearer = person.bearer(url);
    let done = |method: &str, path: &str, body: &str, names: &[&str]| {
        let words = ["--request", method, "--header", &bearer, "--data", body];
        let (status, body) = person.curl(&format!("{url}{path}"), &words);
        assert_eq!(status, "200", "{path}: {body}");
        let message = json!({ "N": names.len(), "replicas": names });
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer, json!({ "message": message, "status": "successful" }));
    };
    let six = ["n1", "n2", "n3", "n4", "n5", "n6"];
    done("POST", "/add", r#"{"n": 1}"#, &six);
    assert_eq!(project.launched("ps").len(), 1);
    done("DELETE", "/rm", r#"{"n": 1, "hostnames": ["n6"]}"#, &six[..5]);
    person.ringway(url, &["ring", "apply", "--yes", "--wait"]);
    let is_gone = async || project.launched("ps --all").is_empty();
    assert!(wait::until(PATIENCE, is_gone).await, "{:?}", project.launched("ps --all"));
}
