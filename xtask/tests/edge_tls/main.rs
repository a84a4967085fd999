//! Both edges with TLS, before nodes that ask for tokens, as clients meet them: curl, the command
//! line, and connections that last while the certificate is renewed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "../support/certificates.rs"]
mod certificates;
#[path = "../support/raw_http.rs"]
mod raw_http;
#[path = "../support/reading.rs"]
mod reading;
#[path = "../support/tls_client.rs"]
mod tls_client;

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use certificates::Certificates;
use raw_http::Connection;
use reading::{Reading, Reads};
use ringway_ring::Key;
use serde_json::{Value, json};
use tempfile::TempDir;
use tls_client::TlsClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);
const PASSWORD: &str = "an admin's password";
/// How many keys there are that nobody has stored.
const KEYS: usize = 40;

/// Three nodes that ask for tokens, behind both edges with TLS.
struct Secured {
    stack: Stack,
    certificates: Certificates,
    client: TlsClient,
    bearer: String,
    directory: TempDir,
}

impl Secured {
    async fn start() -> Self {
        let (directory, certificates) = (tempfile::tempdir().unwrap(), Certificates::new());
        let password = directory.path().join("password");
        let mut options = fs::File::options();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&password).unwrap();
        file.write_all(PASSWORD.as_bytes()).unwrap();
        let stack = Stack::start(StackOptions {
            haproxy: true,
            admin_password: Some(password),
            edge_tls: Some(certificates.directory().to_owned()),
            ..StackOptions::of(3)
        });
        let stack = stack.await.unwrap();
        let client = TlsClient(certificates.client());
        let bearer = format!("Bearer {}", stack.token().unwrap());
        Self { stack, certificates, client, bearer, directory }
    }

    fn urls(&self) -> [String; 2] {
        [self.stack.edge().url(), self.stack.haproxy().url()]
    }

    /// What the edge at `url` answers to a request for `target` with these headers too.
    async fn get(&self, url: &str, target: &str, headers: &[(&str, &str)]) -> String {
        let headers = [headers, &[("authorization", self.bearer.as_str())]].concat();
        let answer = self.client.open(url).await.0.send("GET", target, &headers, "").await;
        assert_eq!(answer.status, 200, "{url}{target}: {answer:?}");
        answer.body
    }

    /// What `ringway` comes to, with nothing of this machine's user.
    fn ringway(&self, words: &[&str]) -> Output {
        let mut command = Command::new(self.stack.program());
        command.env_clear().env("HOME", self.directory.path()).args(words).output().unwrap()
    }
}

fn curl(words: &[&str]) -> Output {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "10"]).args(words);
    command.stdin(Stdio::null()).output().unwrap()
}

#[tokio::test]
async fn both_edges_speak_tls_to_every_client_and_take_a_renewed_certificate() {
    let mut secured = Secured::start().await;
    let authority = secured.certificates.authority().display().to_string();
    // Of HAProxy only 2.9 and later bound a handshake by itself.
    let dribbled = dribble_a_handshake(&secured.urls()[0]).await;
    for url in secured.urls() {
        clients_are_spoken_with_as_they_ask(&url, &authority);
        keys_reach_their_primary_by_http_2(&secured, &url, &authority).await;
        nobody_is_answered_without_tls(&url).await;
        nobody_is_let_in_without_a_token(&secured, &url).await;
        curl_logs_in(&url, &authority);
        what_clients_say_of_routes_goes_no_further(&secured, &url).await;
        the_command_line_goes_by_the_file_it_is_told(&secured, &url, &authority);
    }
    a_certificate_is_renewed_under_load(&mut secured).await;
    a_dead_node_costs_no_read(&mut secured).await;
    is_given_up(dribbled).await;
}

/// A connection on which a handshake has begun and doesn't go on.
async fn dribble_a_handshake(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("https://").unwrap()).await.unwrap();
    // The type and version of a handshake's record.
    stream.write_all(&[22, 3, 1]).await.unwrap();
    stream
}

async fn is_given_up(mut stream: TcpStream) {
    let ended = tokio::time::timeout(PATIENCE, stream.read(&mut [0])).await;
    // It may as well be a reset.
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
}

fn clients_are_spoken_with_as_they_ask(url: &str, authority: &str) {
    let heartbeat = format!("{url}/heartbeat");
    let versions = ["--output", "/dev/null", "--write-out", "%{http_code} %{http_version}"];
    for (flag, version) in [("--http2", "200 2"), ("--http1.1", "200 1.1")] {
        let words = [&versions[..], &["--cacert", authority, flag, &heartbeat]].concat();
        let said = curl(&words);
        assert_eq!(String::from_utf8_lossy(&said.stdout), version, "{url} {flag}: {said:?}");
    }
    let unknown = curl(&[&heartbeat]);
    assert_eq!(unknown.status.code(), Some(60), "nobody knows the authority: {unknown:?}");
    // A client that would speak it, since by default none does any more.
    let old = ["--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0", "--cacert", authority];
    let with = |maximum| curl(&[&old[..], &["--tls-max", maximum, &heartbeat]].concat());
    let (refused, spoken_with) = (with("1.1"), with("1.2"));
    assert_eq!(spoken_with.stdout, b"Hello", "{url}: {spoken_with:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("alert protocol version"), "{url} with TLS 1.1: {said}");
}

async fn keys_reach_their_primary_by_http_2(secured: &Secured, url: &str, authority: &str) {
    let view = secured.stack.view().await.unwrap();
    let primaries = (0..KEYS).map(|number| {
        let partition = view.partition(Key::new(format!("some/{number}")).unwrap().position());
        view.route(partition).next().unwrap().id.to_string()
    });
    let primaries: Vec<_> = primaries.collect();
    let (bearer, last) = (format!("authorization: {}", secured.bearer), KEYS - 1);
    let all = format!("{url}/explain/some/[0-{last}]");
    let shown =
        ["--output", "/dev/null", "--write-out", "%{http_version} %header{x-ringway-node}\n"];
    let words =
        [&shown[..], &["--cacert", authority, "--http2", "--header", &bearer, &all]].concat();
    // An edge may not have heard of the ring yet.
    let mut said = String::new();
    let all_do = wait::until(PATIENCE, async || {
        said = String::from_utf8(curl(&words).stdout).unwrap();
        said.lines().eq(primaries.iter().map(|id| format!("2 {id}")))
    });
    assert!(all_do.await, "{url}: {said} instead of {primaries:?}");
}

async fn nobody_is_answered_without_tls(url: &str) {
    let address = url.strip_prefix("https://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /heartbeat HTTP/1.1\r\nhost: r\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may as well be a reset.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{url}: {}", String::from_utf8_lossy(&answer));
}

async fn nobody_is_let_in_without_a_token(secured: &Secured, url: &str) {
    let (mut connection, _) = secured.client.open(url).await;
    let refused = connection.get("/kv/a").await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "token_missing"), "{url}");
    // Past the edges there is no TLS, and no other answer.
    let mut past = Connection::open(&secured.stack.nodes()[0].url()).await;
    assert_eq!(past.get("/kv/a").await.code(), "token_missing");
}

/// As a client that has nothing of ours.
fn curl_logs_in(url: &str, authority: &str) {
    let believing = ["--cacert", authority, "--write-out", "\n%{http_code}"];
    let asks = |target: &str, words: &[&str]| {
        let said = curl(&[&believing[..], words, &[&format!("{url}{target}")]].concat());
        let said = String::from_utf8(said.stdout).unwrap();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    };
    let log_in = |password: &str| {
        let body = json!({ "username": "admin", "password": password }).to_string();
        let (status, body) = asks("/login", &["--data", &body]);
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, refused) = log_in("a guess");
    assert_eq!((status.as_str(), &refused["code"]), ("401", &json!("wrong_password")), "{url}");
    let (status, answer) = log_in(PASSWORD);
    assert_eq!(status, "200", "{url}: {answer}");
    let ends = answer["expires_at"].as_u64().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(ends > now, "{url}: {answer}");
    let bearer = format!("authorization: Bearer {}", answer["token"].as_str().unwrap());
    let stored = asks("/kv/curl", &["--header", &bearer, "--request", "PUT", "--data", url]);
    assert!(matches!(&*stored.0, "200" | "201"), "{url}: {stored:?}");
    assert_eq!(asks("/kv/curl", &["--header", &bearer]), ("200".to_owned(), url.to_owned()));
    assert_eq!(asks("/kv/curl", &[]).0, "401", "{url}");
}

async fn what_clients_say_of_routes_goes_no_further(secured: &Secured, url: &str) {
    let node = &secured.stack.nodes()[1];
    let route = node.url().replace("http://", "");
    let mut homes = Vec::new();
    for _ in 0..24 {
        homes.push(secured.get(url, "/home", &[("x-ringway-route", &route)]).await);
    }
    let of_node = |home: &&String| home.contains(node.id().as_str());
    assert!(homes.iter().filter(of_node).count() < homes.len(), "{url}: {homes:?}");
}

fn the_command_line_goes_by_the_file_it_is_told(secured: &Secured, url: &str, authority: &str) {
    let password = secured.directory.path().join("password").display().to_string();
    let believing = ["--url", url, "--ca-file", authority];
    let login = ["login", "admin", "--password-file", &password];
    let done = |words: &[&str]| {
        let said = secured.ringway(&[words, &believing].concat());
        assert!(said.status.success(), "{url} {words:?}: {said:?}");
        String::from_utf8(said.stdout).unwrap()
    };
    assert!(done(&login).contains("logged in"));
    done(&["put", "a", "Moin"]);
    assert_eq!(done(&["get", "a"]), "Moin");
    assert!(done(&["ring", "show", "--json"]).contains("\"n3\""));
    // Written down once, for every command.
    let config = secured.directory.path().join(".config/ringway/config.toml");
    fs::write(&config, format!("url = \"{url}\"\nca_file = \"{authority}\"\n")).unwrap();
    assert_eq!(secured.ringway(&["get", "a"]).stdout, b"Moin");
    fs::remove_file(config).unwrap();
    for words in [&login[..], &["get", "a"], &["ring", "show"]] {
        let refused = secured.ringway(&[words, &["--url", url]].concat());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(69), "{words:?}: {said}");
        assert!(said.contains("UnknownIssuer") && said.contains("--ca-file"), "{words:?}: {said}");
    }
}

async fn a_certificate_is_renewed_under_load(secured: &mut Secured) {
    let urls = secured.urls();
    let client = secured.client.clone();
    // Envoy ends no connection for it.
    let (mut lasting, before) = client.open(&urls[0]).await;
    // Each of so many requests is a new handshake.
    let reads = Reads { target: "/kv/a", clients: 4, of_connection: 20 };
    let token = secured.stack.token().unwrap();
    let opened = client.clone();
    let load = Reading::start(reads, &urls, token, move |url: String| {
        let client = opened.clone();
        async move { client.open(&url).await.0 }
    });
    let renewed = secured.certificates.issue();
    assert_ne!(before, renewed);
    secured.stack.signal_haproxy("USR2");
    for url in &urls {
        let is_shown = async || client.open(url).await.1 == renewed;
        assert!(wait::until(PATIENCE, is_shown).await, "{url} goes on with the one of before");
    }
    assert_eq!(lasting.get("/heartbeat").await.body, "Hello");
    let (requests, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {requests}: {failed:?}", failed.len());
    assert!(requests > 100, "only {requests} requests");
}

async fn a_dead_node_costs_no_read(secured: &mut Secured) {
    let view = secured.stack.view().await.unwrap();
    let partition = view.partition(Key::new("a").unwrap().position());
    let primary = view.route(partition).next().unwrap().id.clone();
    secured.stack.kill(&primary);
    for url in secured.urls() {
        for _ in 0..8 {
            assert_eq!(secured.get(&url, "/kv/a", &[]).await, "Moin", "{url}");
        }
    }
}
