//! `cargo xtask up` as a person or a script sees it: the very program, its output, its
//! signals, its exit code, and what is left of it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation may panic where it stands"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use xtask::stack::PortBlock;
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);
/// Two nodes have all that five have, and leave the processors to other tests.
const NODES: u16 = 2;

/// Ports for one `up`: of the edges, then of the nodes.
struct Ports {
    edge: u16,
    haproxy: u16,
    first_node: u16,
    first_peer: u16,
    first_admin: u16,
    _block: PortBlock,
}

impl Ports {
    fn claim() -> Self {
        let mut block = PortBlock::claim().unwrap();
        let [edge, haproxy] = [(); 2].map(|()| block.free_port().unwrap());
        let [first_node, first_peer, first_admin] = [(); 3].map(|()| two(&mut block));
        Self { edge, haproxy, first_node, first_peer, first_admin, _block: block }
    }

    fn node(&self, number: u16) -> u16 {
        self.first_node + number - 1
    }
}

/// The first of two free ports in a row: as many as there are nodes.
fn two(block: &mut PortBlock) -> u16 {
    let mut first = block.free_port().unwrap();
    loop {
        let second = block.free_port().unwrap();
        if second == first + 1 {
            return first;
        }
        first = second;
    }
}

/// A running `cargo xtask up`.
struct Up {
    xtask: Child,
    stdout: BufReader<ChildStdout>,
    /// Filled by what it says on standard error.
    errors: PathBuf,
}

impl Up {
    fn start(ports: &Ports, data: &Path, errors: &Path) -> Self {
        Self::start_with(&[], ports, data, errors)
    }

    fn start_with(flags: &[&str], ports: &Ports, data: &Path, errors: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        // Compiled like all else that is tested.
        command.args(["up", "--profile", "dev", "--nodes", &NODES.to_string()]);
        command.args(["--edge-port", &ports.edge.to_string()]);
        command.args(["--haproxy-port", &ports.haproxy.to_string()]).args(flags);
        command.args(["--node-port", &ports.first_node.to_string()]);
        command.args(["--peer-port", &ports.first_peer.to_string()]);
        command.args(["--admin-port", &ports.first_admin.to_string()]);
        command.arg("--data").arg(data).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut xtask = command.stderr(fs::File::create(errors).unwrap()).spawn().unwrap();
        let stdout = BufReader::new(xtask.stdout.take().unwrap());
        Self { xtask, stdout, errors: errors.to_owned() }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "it said no more than {line:?}; {}", self.said());
        line.trim_end().to_owned()
    }

    /// The numbers of the nodes' processes and of Envoy's, once it is ready.
    fn ready(&mut self, ports: &Ports) -> Vec<u32> {
        let edge = format!("http://127.0.0.1:{}", ports.edge);
        let mut pids = Vec::new();
        for number in 1..=NODES {
            let start = format!("node n{number} pid ");
            let end = format!(" http://127.0.0.1:{}", ports.node(number));
            pids.push(between(&self.line(), &start, &end));
        }
        pids.push(between(&self.line(), "envoy pid ", &format!(" {edge}")));
        assert_eq!(self.line(), format!("ready {edge}"));
        pids
    }

    /// What it has said on standard error.
    fn said(&self) -> String {
        fs::read_to_string(&self.errors).unwrap()
    }

    fn end(&mut self, signal: &str) -> ExitStatus {
        send(signal, self.xtask.id());
        self.xtask.wait().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // Ended already, where the test went well.
        let _killed = self.xtask.kill();
        let _reaped = self.xtask.wait();
    }
}

fn between(line: &str, start: &str, end: &str) -> u32 {
    let pid = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    pid.unwrap_or_else(|| panic!("{line:?} is not {start}…{end}")).parse().unwrap()
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status();
    assert!(sent.unwrap().success());
}

/// The process group that `pid` is in.
fn group(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

/// The processes of the group `of`.
fn members(of: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|&pid| group(pid) == Some(of)).collect()
}

/// Runs a line that `up` has printed, as a person would.
fn run(curl: &str) -> String {
    assert!(curl.starts_with("curl "), "{curl}");
    let line = curl.replacen("curl", "curl --silent --show-error --fail", 1);
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_it_prints_is_true_and_data_is_found_again() {
    let (ports, directory) = (Ports::claim(), tempfile::tempdir().unwrap());
    let data = directory.path().join("data");
    let errors = directory.path().join("errors");

    let mut up = Up::start(&ports, &data, &errors);
    let pids = up.ready(&ports);
    let together = group(pids[0]).unwrap();
    assert!(pids.iter().all(|&pid| group(pid) == Some(together)));
    let curls: [String; 6] = std::array::from_fn(|_| up.line());
    let [put, get, explain, map_request, delete, add] = &curls;
    assert!(run(put).contains(r#""version""#));
    assert!(run(get).ends_with("guten Tag"));
    assert!(run(explain).contains(r#""serves":"n"#));
    assert!(run(map_request).contains(r#""mapped_server""#));
    assert!(run(add).contains(r#""replicas":["n1","n2","n3"]"#));
    assert!(up.end("INT").success());
    assert_eq!(members(together), Vec::<u32>::new(), "Ctrl-C has left something");
    let mut rest = String::new();
    up.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nothing but these lines");

    let mut up = Up::start(&ports, &data, &errors);
    let together = group(up.ready(&ports)[0]).unwrap();
    assert!(run(get).ends_with("guten Tag"));
    let third = run(&format!("curl http://127.0.0.1:{}/ring/status", ports.edge));
    assert!(third.contains(r#""partitions_left":0"#), "it is there again: {third}");
    assert!(run(delete).contains(r#""version""#));
    assert!(up.end("TERM").success());
    assert_eq!(members(together), Vec::<u32>::new(), "SIGTERM has left something");
}

#[test]
fn either_edge_or_both_are_before_the_same_nodes() {
    let directory = tempfile::tempdir().unwrap();
    for edge in ["haproxy", "both"] {
        let (ports, data) = (Ports::claim(), directory.path().join(edge));
        let flags = ["--edge", edge];
        let mut up = Up::start_with(&flags, &ports, &data, &directory.path().join("errors"));
        let haproxy = format!("http://127.0.0.1:{}", ports.haproxy);
        let envoy = format!("http://127.0.0.1:{}", ports.edge);
        let mut pids: Vec<u32> = Vec::new();
        for number in 1..=NODES {
            let end = format!(" http://127.0.0.1:{}", ports.node(number));
            pids.push(between(&up.line(), &format!("node n{number} pid "), &end));
        }
        if edge == "both" {
            pids.push(between(&up.line(), "envoy pid ", &format!(" {envoy}")));
        }
        pids.push(between(&up.line(), "haproxy pid ", &format!(" {haproxy}")));
        let ready = if edge == "both" { &envoy } else { &haproxy };
        assert_eq!(up.line(), format!("ready {ready}"));
        let together = group(pids[0]).unwrap();
        assert!(pids.iter().all(|&pid| group(pid) == Some(together)));
        run(&format!("curl -X PUT {haproxy}/kv/greetings/berlin -d 'guten Tag'"));
        assert_eq!(run(&format!("curl {ready}/kv/greetings/berlin")), "guten Tag");
        assert!(up.end("INT").success());
        assert_eq!(members(together), Vec::<u32>::new(), "Ctrl-C has left something");
    }
}

#[test]
fn with_tokens_it_says_how_to_log_in_and_lets_nobody_in_before() {
    let (ports, directory) = (Ports::claim(), tempfile::tempdir().unwrap());
    let password = directory.path().join("password");
    let mut options = fs::File::options();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&password).unwrap();
    file.write_all(b"an admin's password\n").unwrap();
    let flags = ["--edge", "both", "--auth", "required", "--admin-password-file"];
    let flags = [&flags[..], &[password.to_str().unwrap()]].concat();
    let errors = directory.path().join("errors");
    let mut up = Up::start_with(&flags, &ports, &directory.path().join("data"), &errors);
    while !up.line().starts_with("ready ") {}
    // As the user does it, whose tokens are kept here.
    let home = directory.path().join("home");
    let run = |line: &str| {
        let command = Command::new("sh").args(["-c", line]).env("XDG_CONFIG_HOME", &home).output();
        let output = command.unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let lines: [String; 6] = std::array::from_fn(|_| up.line());
    let [login, add, put, get, explain, delete] = &lines;
    for port in [ports.edge, ports.haproxy, ports.node(1), ports.node(2)] {
        let status =
            format!("curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1:{port}/kv/k");
        assert_eq!(run(&status), "401", "at {port}");
    }
    let without = Command::new("sh").args(["-c", put]).env("XDG_CONFIG_HOME", &home).output();
    assert_eq!(without.unwrap().status.code(), Some(1));
    assert!(run(login).contains("logged in"));
    run(&format!("{add} --password-file {}", password.display()));
    run(put);
    assert_eq!(run(get), "guten Tag");
    assert!(run(explain).contains("n1"));

    // The same through the other edge, and by the commands that ask for much.
    let (program, haproxy) = (get.split(' ').next().unwrap(), ports.haproxy);
    let at = format!("--url http://127.0.0.1:{haproxy}");
    run(&format!("{program} login ann --password-file {} {at}", password.display()));
    assert!(run(&format!("{program} export greetings/ {at}")).contains("guten Tag"));
    let bench = format!("{program} bench --num-requests 20 --num-clients 4 --keys 20 --base-url");
    run(&format!("{program} login admin --password-file {} {at}", password.display()));
    for port in [ports.edge, ports.haproxy] {
        assert!(run(&format!("{bench} http://127.0.0.1:{port}")).contains("failed: none"));
    }
    run(delete);
    assert!(up.end("INT").success());
}

#[tokio::test]
async fn a_death_is_told_and_all_end_with_it() {
    let (ports, directory) = (Ports::claim(), tempfile::tempdir().unwrap());
    let data = directory.path().join("data");
    let mut up = Up::start(&ports, &data, &directory.path().join("errors"));
    let pids = up.ready(&ports);
    let together = group(pids[0]).unwrap();

    send("KILL", pids[0]);
    let is_told = async || up.said().contains("n1 ended (signal: 9 (SIGKILL))");
    assert!(wait::until(PATIENCE, is_told).await, "{}", up.said());
    run(&format!("curl http://127.0.0.1:{}/heartbeat", ports.node(2)));
    run(&format!("curl http://127.0.0.1:{}/heartbeat", ports.edge));

    // Data in use is not touched by anybody else, who is told so.
    let other = Ports::claim();
    let mut second = Up::start(&other, &data, &directory.path().join("second"));
    assert!(!second.xtask.wait().unwrap().success());
    assert!(second.said().contains("n2 ended (exit status: "), "{}", second.said());
    assert!(second.said().contains("is in use by node n2"), "{}", second.said());

    // Nobody can clean up after SIGKILL, and nobody has to.
    send("KILL", up.xtask.id());
    let is_empty = async || members(together).is_empty();
    assert!(wait::until(PATIENCE, is_empty).await, "{:?}", members(together));
}

#[test]
fn a_taken_port_is_named_before_anything_starts() {
    let (ports, directory) = (Ports::claim(), tempfile::tempdir().unwrap());
    let data = directory.path().join("data");
    let meant = [
        ("n2", ports.node(2)),
        ("n2", ports.first_peer + 1),
        ("n2", ports.first_admin + 1),
        ("envoy", ports.edge),
        ("haproxy", ports.haproxy),
    ];
    for (name, port) in meant {
        let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let flags = ["--edge", "both"];
        let mut up = Up::start_with(&flags, &ports, &data, &directory.path().join("errors"));
        assert_eq!(up.xtask.wait().unwrap().code(), Some(1));
        let sentence = format!("port {port}, meant for {name}, is taken by another program");
        assert!(up.said().contains(&sentence), "{}", up.said());
        let mut lines = String::new();
        up.stdout.read_to_string(&mut lines).unwrap();
        assert_eq!(lines, "");
        assert!(!data.exists(), "something was started already");
        drop(taken);
    }
}
