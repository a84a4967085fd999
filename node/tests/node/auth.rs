//! Users, their tokens, and who lets them in: over sockets, restarts and several nodes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Answer, Client, request};
use crate::place::Place;
use crate::process::{PATIENCE, refused, ringway_node, write_private};
use crate::shell::Shell;

pub(crate) const PASSWORD: &str = "an admin's password";

/// A place for nodes that ask for tokens.
pub(crate) fn place() -> Place {
    let place = Place::new(&["--peer-port", "0", "--auth", "required"]);
    write_private(&place.path("password"), PASSWORD);
    place
}

impl Place {
    /// What the node `id` has noted, in order.
    fn audit(&self, id: &str) -> Vec<Value> {
        let log = fs::read_to_string(self.path(id).with_extension("log")).unwrap();
        assert!(!log.contains(PASSWORD), "{log}");
        let lines = log.lines().filter(|line| line.starts_with('{'));
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "audit").collect()
    }
}

pub(crate) fn ask(at: SocketAddr, token: &str, how: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let authorization = format!("authorization: Bearer {token}\r\n");
    let authorization = if token.is_empty() { "" } else { &authorization };
    let length = body.len();
    let mut client = Client::connect(at).unwrap();
    let request = format!(
        "{how} HTTP/1.1\r\nhost: t\r\n{authorization}content-length: {length}\r\n\r\n{body}"
    );
    client.send(request.as_bytes()).unwrap();
    client.answer().unwrap()
}

pub(crate) fn login(at: SocketAddr, name: &str, password: &str) -> String {
    let body = json!({ "username": name, "password": password });
    let answer = ask(at, "", "POST /login", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

/// Where n1 listens for nodes.
pub(crate) fn peer_of_n1(at: SocketAddr, token: &str) -> String {
    let status = ask(at, token, "GET /ring/status", &json!(""));
    let status: Value = serde_json::from_slice(&status.body).unwrap();
    status["members"]["n1"]["peer"].as_str().unwrap().to_owned()
}

#[test]
fn users_are_the_same_at_every_node_and_after_a_restart() {
    let place = place();
    let first = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    assert_eq!(ask(first.address, "", "GET /kv/k", &json!("")).status, 401);
    let admin = login(first.address, "admin", PASSWORD);
    let peer = peer_of_n1(first.address, &admin);

    fs::create_dir(place.path("n2")).unwrap();
    let second = place.start("n2", &["--join", &peer]);
    let ann = json!({ "password": "password of ann", "role": "writer" });
    assert_eq!(ask(first.address, &admin, "PUT /users/ann", &ann).status, 200);
    // At once: who has not heard of her yet waits until it has, rather than refuse.
    let ann = loop {
        let body = json!({ "username": "ann", "password": "password of ann" });
        let answer = ask(second.address, "", "POST /login", &body);
        if answer.status == 200 {
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            break body["token"].as_str().unwrap().to_owned();
        }
        assert_eq!(answer.code(), "wrong_password", "it has not heard of her yet");
    };
    for at in [first.address, second.address] {
        let stored = ask(at, &ann, "PUT /kv/k", &json!("v"));
        assert!(matches!(stored.status, 200 | 201), "{stored:?}");
    }
    assert_eq!(ask(first.address, &admin, "DELETE /users/ann", &json!("")).status, 200);
    let gone = Instant::now();
    while ask(second.address, &ann, "GET /kv/k", &json!("")).status != 401 {
        assert!(gone.elapsed() < PATIENCE, "n2 lets her in still");
    }
    assert_eq!(ask(first.address, &ann, "GET /kv/k", &json!("")).code(), "token_void");

    first.terminate();
    assert!(first.ended().success());
    let first = place.start("n1", &[]);
    assert_eq!(ask(first.address, &admin, "GET /kv/k", &json!("")).status, 200);
    login(first.address, "admin", PASSWORD);

    let noted = place.audit("n1");
    let has = |who: Value, what: &str, outcome: &str| {
        let is_it = |line: &&Value| {
            (&line["who"], &line["what"], &line["outcome"]) == (&who, &what.into(), &outcome.into())
        };
        let line = noted.iter().find(is_it).unwrap_or_else(|| panic!("{what}: {noted:#?}"));
        assert_eq!(line["from"], "127.0.0.1", "{line}");
        assert!(line["epoch"].as_u64().is_some_and(|epoch| epoch > 0), "{line}");
    };
    has(Value::Null, "GET /kv/k", "token_missing");
    has("admin".into(), "POST /login", "done");
    has("admin".into(), "PUT /users/ann", "done");
    has("admin".into(), "DELETE /users/ann", "done");
    has("ann".into(), "GET /kv/k", "token_void");
}

#[test]
fn a_password_that_nobody_gave_is_printed_once() {
    let place = place();
    let data = place.flag("n1");
    let start = |flags: &[&str]| {
        let mut node = ringway_node(&["--auth", "required", "--port", "0", "--peer-port", "0"]);
        node.args(["--data-directory", &data]).args(flags).stdout(Stdio::piped());
        let mut child = node.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let mut said = vec![line()];
        while !said.last().unwrap().contains("listens on") {
            said.push(line());
        }
        let address = said.last().unwrap().rsplit("http://").next().unwrap().parse().unwrap();
        let used = said.first().and_then(|line| line.strip_prefix("ringway admin password: "));
        let token = used.map(|password| login(address, "admin", password));
        child.kill().unwrap();
        child.wait().unwrap();
        (said.len(), token)
    };
    assert!(matches!(start(&["--bootstrap"]), (2, Some(_))));
    assert!(matches!(start(&[]), (1, None)));
}

#[test]
fn a_node_says_what_it_has_to_be_told() {
    let place = place();
    write_private(&place.path("open"), PASSWORD);
    fs::set_permissions(place.path("open"), fs::Permissions::from_mode(0o644)).unwrap();
    for (flags, named) in [
        (&["--host", "0.0.0.0"][..], "--auth required"),
        (&["--auth", "required", "--admin-password-file", &place.flag("open")], "chmod 600"),
        (&["--admin-password-file", &place.flag("password")], "--auth required"),
    ] {
        let (code, said) = refused(ringway_node(flags));
        assert_eq!(code, Some(64), "{flags:?}: {said}");
        assert!(said.contains(named), "{flags:?}: {said}");
    }
    place.start("n1", &["--admin-password-file", &place.flag("password")]).kill();
    let mut unsaid = ringway_node(&["--port", "0", "--peer-port", "0", "--data-directory"]);
    unsaid.arg(place.path("n1")).args(["--server-id", "n1"]);
    unsaid.args(["--secret-file", &place.flag("secret")]);
    let (code, said) = refused(unsaid);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--auth required, or --auth off"), "{said}");
}

#[test]
fn edges_and_monitoring_need_no_token_where_nothing_else_is_told() {
    let place = place();
    let node = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    for path in ["/metrics", "/ring"] {
        assert_eq!(request(node.admin, "GET", path, b"").status, 200, "{path}");
        assert_eq!(request(node.address, "GET", path, b"").code(), "token_missing", "{path}");
    }
    for path in ["/kv/k", "/kv", "/users", "/ring/status", "/login"] {
        assert_eq!(request(node.admin, "GET", path, b"").status, 404, "{path}");
    }
    let taken = node.admin.port().to_string();
    let mut other = ringway_node(&["--port", "0", "--bootstrap", "--admin-port", &taken]);
    other.arg("--data-directory").arg(place.path("other"));
    let (code, said) = refused(other);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&node.admin.to_string()) && said.contains("--admin-port"), "{said}");
}

#[test]
fn a_refused_body_is_read_so_that_its_sender_sees_the_answer() {
    let place = place();
    let node = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    let mut client = Client::connect(node.address).unwrap();
    let answer = client.request("PUT", "/kv/k", &vec![b'x'; 4 << 20]).unwrap();
    assert_eq!((answer.status, answer.code()), (401, "token_missing".into()));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"ringway\""));
}

#[test]
fn the_command_line_logs_in_once_and_administers() {
    let place = place();
    write_private(&place.path("ann"), "password of ann");
    let node = place.start("n1", &["--admin-password-file", &place.flag("password")]);
    let url = format!("http://{}", node.address);
    let (admin, ann) = (Shell::without_node(&url), Shell::without_node(&url));
    let (password, anns) = (place.flag("password"), place.flag("ann"));
    let refused = |shell: &Shell, words: &[&str], why: &str| {
        let said = shell.run(words);
        assert!(said.code == 1 && said.err.contains(why), "{words:?}: {said:?}");
    };
    let does = |shell: &Shell, words: &[&str]| {
        let said = shell.run(words);
        assert!(said.code == 0 && said.err.is_empty(), "{words:?}: {said:?}");
        said.out().to_owned()
    };
    refused(&admin, &["put", "k", "v"], "`ringway login USER`");
    refused(&admin, &["ring", "settings"], "`ringway login USER`");
    refused(&admin, &["login", "admin", "--password-file", &anns], "password is wrong");
    let said = does(&admin, &["login", "admin", "--password-file", &password]);
    assert_eq!(said, format!("logged in to {url} as admin\n"));
    does(&admin, &["put", "a/k", "v"]);
    does(&admin, &["ring", "settings"]);
    let add = ["user", "add", "ann", "--role", "writer", "--prefix", "a/", "--prefix", "b/"];
    does(&admin, &[&add[..], &["--password-file", &anns]].concat());
    assert_eq!(does(&admin, &["user", "ls"]), "admin admin\nann writer a/ b/\n");
    does(&admin, &["auth", "rotate-key"]);

    does(&ann, &["login", "ann", "--password-file", &anns]);
    assert_eq!(does(&ann, &["get", "a/k"]), "v");
    refused(&ann, &["get", "c"], "begin otherwise");
    refused(&ann, &["user", "ls"], "takes the role admin");
    does(&admin, &["user", "grant", "ann", "--role", "reader"]);
    refused(&ann, &["get", "a/k"], "`ringway login USER`");
    does(&ann, &["login", "ann", "--password-file", &anns]);
    refused(&ann, &["put", "a/k", "w"], "takes the role writer");
    does(&admin, &["user", "passwd", "ann", "--password-file", &password]);
    refused(&ann, &["login", "ann", "--password-file", &anns], "password is wrong");
    does(&ann, &["login", "ann", "--password-file", &password]);
    does(&admin, &["user", "rm", "ann"]);
    refused(&ann, &["get", "a/k"], "`ringway login USER`");
    refused(&admin, &["user", "rm", "ann"], "no user called ann");
    assert_eq!(does(&admin, &["user", "ls"]), "admin admin\n");
}
