//! What Compose is told of every container, as Compose itself reads the files. That takes no Docker
//! that runs.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use xtask::repository;

use crate::project::compose_program;

/// What turns the YAML of Compose 1 into JSON, which later ones write by themselves.
const TO_JSON: &str = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
/// Who runs as root, and what each may do for which the others may nothing. The launcher uses Docker's
/// socket, which is root's and a group's that has another number on each machine; who reaches it owns
/// the machine, whoever it is. The other one gives away what belongs to whoever runs Compose.
const ROOT: [(&str, &[&str]); 2] =
    [("credentials", &["CHOWN", "DAC_READ_SEARCH"]), ("launcher", &["DAC_READ_SEARCH"])];
const SOCKET: &str = "/var/run/docker.sock";
/// What the names of variables with secrets in them have in them.
const SECRET: [&str; 4] = ["SECRET", "PASSWORD", "TOKEN", "KEY"];

/// What Compose makes of `files`; an error where there is nothing to ask it by.
fn services(files: &[&str]) -> Result<serde_json::Map<String, Value>, String> {
    let compose = compose_program()?;
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("admin");
    fs::write(&password, "a password").unwrap();
    let config = |words: &[&str]| {
        let (program, first) = compose.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(first).args(files.iter().flat_map(|file| ["--file", file]));
        command.args(["--profile", "haproxy", "config"]).args(words);
        command.env("RINGWAY_TLS_DIRECTORY", directory.path());
        command.env("RINGWAY_ADMIN_PASSWORD_FILE", &password);
        command.current_dir(repository::root()).stdin(Stdio::null()).output().unwrap()
    };
    let mut said = config(&["--format", "json"]);
    // Compose 1 has no such flag, and may take that for a success.
    if !said.status.success() || said.stdout.is_empty() {
        said = config(&[]);
        assert!(said.status.success(), "{said:?}");
        let mut python = Command::new("python3");
        python.args(["-c", TO_JSON]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let python = python.stderr(Stdio::null()).spawn();
        let mut python = python.map_err(|_| "Compose writes no JSON, and there is no Python")?;
        // One without the library ends before it reads.
        let _ = python.stdin.take().unwrap().write_all(&said.stdout);
        said = python.wait_with_output().unwrap();
        if !said.status.success() {
            return Err("Compose writes no JSON, and Python can't read YAML".to_owned());
        }
    }
    let config: Value = serde_json::from_slice(&said.stdout).unwrap();
    Ok(config["services"].as_object().unwrap().clone())
}

/// What is to be said against a service.
fn objections(name: &str, service: &Value, is_secure: bool) -> Vec<String> {
    let mut objections = Vec::new();
    let mut demand = |holds: bool, what: &str, found: &Value| {
        if !holds {
            objections.push(format!("{name}: {what}: {found}"));
        }
    };
    demand(service["read_only"] == true, "its root is written to", &service["read_only"]);
    demand(service["cap_drop"] == json!(["ALL"]), "it keeps capabilities", &service["cap_drop"]);
    let confined = json!(["no-new-privileges:true"]);
    demand(service["security_opt"] == confined, "it may gain more", &service["security_opt"]);
    let root = ROOT.iter().find(|(root, _)| *root == name);
    let (user, added) =
        root.map_or((Value::Null, Value::Null), |(_, added)| ("0:0".into(), json!(added)));
    demand(service["user"] == user, "it is another user", &service["user"]);
    demand(service["cap_add"] == added, "it has capabilities", &service["cap_add"]);
    for never in ["privileged", "pid", "ipc", "userns_mode", "devices", "secrets", "env_file"] {
        demand(service[never].is_null(), never, &service[never]);
    }
    let network = &service["network_mode"];
    demand(network.is_null() || network == "none", "its network", network);
    let has_socket = service["volumes"].to_string().contains(SOCKET);
    demand(has_socket == (name == "launcher"), "Docker's socket", &service["volumes"]);
    let variables = service["environment"].as_object().into_iter().flatten();
    for (variable, value) in variables {
        let is_secret = SECRET.iter().any(|word| variable.contains(word));
        demand(!is_secret || variable.ends_with("_FILE"), variable, value);
    }
    for port in service["ports"].as_array().into_iter().flatten() {
        // Compose 1 writes text.
        let of_text = port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:"));
        demand(
            of_text || port["host_ip"] == "127.0.0.1",
            "others than this machine reach it",
            port,
        );
    }
    let core = &service["ulimits"]["core"];
    let is_none = core == 0 || core == &json!({ "hard": 0, "soft": 0 });
    demand(!is_secure || is_none, "its memory may be left on a disk", core);
    objections
}

/// As whom the images run that `Dockerfile` makes.
fn users() -> Vec<(String, String)> {
    let text = fs::read_to_string(repository::root().join("Dockerfile")).unwrap();
    let stages = text.split("\nFROM ").skip(1).filter_map(|stage| {
        let (head, rest) = stage.split_once('\n')?;
        let (_, name) = head.split_once(" AS ")?;
        let user = rest.lines().filter_map(|line| line.strip_prefix("USER ")).next_back()?;
        Some((name.to_owned(), user.to_owned()))
    });
    stages.collect()
}

/// Every container, with tokens and TLS and without, is shut in as far as it can be.
pub(crate) fn every_container_may_do_as_little_as_it_can() -> Result<(), String> {
    let [base, secure] = ["docker-compose.yml", "docker-compose.secure.yml"];
    for (files, is_secure, least) in [(&[base][..], false, 11), (&[base, secure], true, 13)] {
        let services = services(files)?;
        assert!(services.len() >= least, "{:?}", services.keys());
        let objections = services.iter().flat_map(|(name, it)| objections(name, it, is_secure));
        let objections: Vec<_> = objections.collect();
        assert!(objections.is_empty(), "{files:?}:\n{}", objections.join("\n"));
        // Who says no user is the image's.
        for service in services.values() {
            let image = service["image"].as_str().unwrap();
            assert!(image.starts_with("ringway-"), "{image}");
        }
    }
    let users = users();
    let images: Vec<_> = users.iter().map(|(image, _)| image.as_str()).collect();
    assert_eq!(images, ["node", "envoy", "haproxy"]);
    let is_root = |user: &str| user.split(':').any(|part| part == "root" || part == "0");
    assert!(users.iter().all(|(_, user)| !is_root(user)), "{users:?}");
    Ok(())
}
