//! Who is let in where: every route, by everybody, with every kind of token that is none.

mod audit_lines;
mod table;
mod tokens;
mod under_way_test;
mod upload;

use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use http::Response;
use ringway_auth::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::table::Row;
pub(super) use self::table::table;
use self::tokens::Tokens;
use self::upload::Upload;
use super::fixture::{Fixture, json_of, refused};
use crate::access::{Asker, Credentials};
use crate::limits::Limits;
use crate::metrics::RouteName;

const PASSWORD: &str = "an admin's password";

/// A node that asks for tokens, and its admin's.
struct Guarded {
    fixture: Fixture,
    admin: String,
    _directory: TempDir,
}

impl Guarded {
    async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        let mut options = std::fs::File::options();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, PASSWORD.as_bytes()).unwrap();
        let flags = ["--auth", "required", "--admin-password-file", path.to_str().unwrap()];
        let fixture = Fixture::with(limits, &flags).await;
        let mut it = Self { fixture, admin: String::new(), _directory: directory };
        it.admin = it.token("admin", PASSWORD).await;
        it
    }

    /// A request as the server passes it on.
    async fn ask(&self, token: &str, how: &str, body: &str) -> Response<bytes::Bytes> {
        self.ask_from("10.0.0.1", token, how, body).await
    }

    async fn ask_from(
        &self,
        from: &str,
        token: &str,
        how: &str,
        body: &str,
    ) -> Response<bytes::Bytes> {
        let (method, target) = how.split_once(' ').unwrap();
        let asker = head(from, token, how).extensions().get::<Asker>().cloned().unwrap();
        let request = warp::test::request().method(method).path(target).extension(asker);
        self.fixture.send(request.body(body)).await
    }

    /// A request of which the body is still to come.
    fn begin(&self, token: &str, how: &str) -> Upload {
        Upload::begin(&self.fixture.node, head("10.0.0.1", token, how))
    }

    async fn admin(&self, how: &str, body: &Value) -> Response<bytes::Bytes> {
        self.ask(&self.admin, how, &body.to_string()).await
    }

    async fn login(&self, from: &str, name: &str, password: &str) -> Response<bytes::Bytes> {
        let body = json!({ "username": name, "password": password }).to_string();
        self.ask_from(from, "", "POST /login", &body).await
    }

    async fn token(&self, name: &str, password: &str) -> String {
        let answer = self.login("10.0.0.9", name, password).await;
        json_of(&answer)["token"].as_str().unwrap().to_owned()
    }

    /// A new user's token.
    async fn user(&self, name: &str, role: Role, prefixes: &[&str]) -> String {
        let password = format!("password of {name}");
        let body = json!({ "password": password, "role": role, "prefixes": prefixes });
        let added = self.admin(&format!("PUT /users/{name}"), &body).await;
        assert_eq!(added.status(), 200, "{added:?}");
        self.token(name, &password).await
    }
}

/// The head of a request as the server passes it on.
fn head(from: &str, token: &str, how: &str) -> http::Request<()> {
    let (method, target) = how.split_once(' ').unwrap();
    let mut head = http::Request::builder().method(method).uri(target);
    if !token.is_empty() {
        head = head.header("authorization", format!("Bearer {token}"));
    }
    let mut head = head.body(()).unwrap();
    let credentials = Credentials::of(&head, from.parse().unwrap());
    head.extensions_mut().insert(Asker::Client(credentials));
    head
}

/// 401 and 403, each with what HTTP asks for; everything else is an answer of the route.
fn outcome(answer: &Response<bytes::Bytes>) -> u16 {
    let status = answer.status().as_u16();
    if matches!(status, 401 | 403) {
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer realm=\"ringway\""), "{challenge}");
        return status;
    }
    assert!(!answer.headers().contains_key("www-authenticate"));
    assert!(status < 500 || status == 501, "{answer:?}");
    200
}

#[tokio::test]
async fn every_route_is_open_to_whom_the_document_says_and_to_nobody_else() {
    let it = Guarded::open().await;
    let gone = it.user("gone", Role::Admin, &[]).await;
    assert_eq!(it.admin("DELETE /users/gone", &json!({})).await.status(), 200);
    assert_eq!(it.ask(&it.admin, "PUT /kv/a/k", "v").await.status(), 201);
    let mut tokens = Tokens::of(&it.fixture.node).bad(&it.admin, &gone);
    tokens.extend([
        ("reader", it.user("reader", Role::Reader, &[]).await),
        ("writer", it.user("writer", Role::Writer, &[]).await),
        ("admin", it.admin.clone()),
        ("inside", it.user("inside", Role::Writer, &["a/"]).await),
        ("outside", it.user("outside", Role::Writer, &["z/"]).await),
    ]);
    // Who may do it hears in the table's row that it is under way.
    assert_eq!(it.admin("POST /auth/rotate-key", &json!({})).await.status(), 200);
    for Row { how, statuses } in table() {
        for (kind, expected) in &statuses {
            let mut tried = 0;
            for (_, token) in tokens.iter().filter(|(name, _)| name == kind) {
                let answer = it.ask(token, &how, "").await;
                assert_eq!(answer.status(), *expected, "{how} with {kind}: {answer:?}");
                outcome(&answer);
                tried += 1;
            }
            assert!(tried > 0, "no token is {kind}");
        }
    }
    let metrics = it.fixture.node.metrics.render();
    for route in RouteName::ALL {
        let label = format!("route=\"{}\"", route.as_str());
        let mut counts = metrics.lines().filter(|line| {
            line.starts_with("ringway_request_seconds_count{") && line.contains(&label)
        });
        assert!(counts.any(|line| !line.ends_with(" 0")), "{route:?} is in no row");
    }
}

#[tokio::test]
async fn a_request_that_nobody_looked_at_is_refused() {
    let it = Guarded::open().await;
    let request = warp::test::request().path("/kv/k");
    let answer = it.fixture.send(request.header("authorization", "Bearer x")).await;
    assert_eq!(refused(&answer), (401, "token_missing".into()));
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let it = Guarded::open().await;
    let tokens = Tokens::of(&it.fixture.node);
    let reader = it.user("reader", Role::Reader, &[]).await;
    for (token, how, status, code) in [
        ("", "GET /kv/k", 401, "token_missing"),
        ("x.y.z", "GET /kv/k", 401, "token_invalid"),
        (&tokens.expired(), "GET /kv/k", 401, "token_expired"),
        (&reader, "PUT /kv/k", 403, "forbidden"),
    ] {
        assert_eq!(refused(&it.ask(token, how, "").await), (status, code.into()), "{how}");
    }
}

#[tokio::test]
async fn prefixes_hold_for_keys_and_listings() {
    let it = Guarded::open().await;
    let token = it.user("ann", Role::Writer, &["a/", "b"]).await;
    for (how, expected) in [
        ("PUT /kv/a/x", 200),
        ("PUT /kv/a%2Fx", 200),
        ("GET /kv/a/x", 200),
        ("GET /kv/a/../c", 200),
        ("GET /get?key=bc", 200),
        ("PUT /put?key=b&value=v", 200),
        ("GET /kv?prefix=a/x", 200),
        ("GET /explain/a/x", 200),
        ("GET /ring", 200),
        ("GET /kv/a", 403),
        ("GET /kv/c", 403),
        ("PUT /kv/c/a/", 403),
        ("DELETE /kv/%63", 403),
        ("GET /get?key=c&key=b", 403),
        ("DELETE /del?key=c", 403),
        ("GET /explain/c", 403),
        ("GET /kv", 403),
        ("GET /kv?prefix=a", 403),
        ("GET /kv?prefix=c&prefix=b", 403),
        ("GET /kv?prefix=%zz", 403),
        ("GET /users", 403),
    ] {
        assert_eq!(outcome(&it.ask(&token, how, "v").await), expected, "{how}");
    }
}

#[tokio::test]
async fn whatever_is_changed_of_a_user_makes_older_tokens_void() {
    let it = Guarded::open().await;
    let mut token = it.user("ann", Role::Reader, &[]).await;
    let (password, grant) = (json!({ "password": "another one" }), json!({ "role": "writer" }));
    for (how, body) in [
        ("PUT /users/ann/password", &password),
        ("PUT /users/ann/grant", &grant),
        ("DELETE /users/ann", &json!({})),
    ] {
        assert_eq!(it.ask(&token, "GET /kv/k", "").await.status(), 404);
        assert_eq!(it.admin(how, body).await.status(), 200, "{how}");
        let answer = it.ask(&token, "GET /kv/k", "").await;
        assert_eq!(refused(&answer), (401, "token_void".into()), "{how}");
        let renewed = it.ask(&token, "POST /login/renew", "").await;
        assert_eq!(refused(&renewed), (401, "token_void".into()), "{how}");
        if how != "DELETE /users/ann" {
            token = it.token("ann", "another one").await;
        }
    }
    let answer = it.login("10.0.0.1", "ann", "another one").await;
    assert_eq!(refused(&answer), (401, "wrong_password".into()));
}

#[tokio::test]
async fn a_wrong_name_is_answered_as_a_wrong_password() {
    let it = Guarded::open().await;
    let name = it.login("10.0.0.1", "nobody", PASSWORD).await;
    let password = it.login("10.0.0.1", "admin", "wrong").await;
    let no_name = it.login("10.0.0.1", "a b/\u{e4}", PASSWORD).await;
    assert_eq!(refused(&name), (401, "wrong_password".into()));
    for other in [password, no_name] {
        assert_eq!(other.body(), name.body());
        assert_eq!(other.headers(), name.headers());
    }
    for body in ["", "{}", "[]", r#"{"username":"admin"}"#, "\u{0}"] {
        let answer = it.ask("", "POST /login", body).await;
        assert_eq!(refused(&answer), (400, "bad_auth_request".into()), "{body}");
    }
    let secret = r#"{"username": "admin", "password": 123, "secret": "s3cr3t"}"#;
    let answer = it.ask("", "POST /login", secret).await;
    assert!(!String::from_utf8_lossy(answer.body()).contains("s3cr3t"), "{answer:?}");
}

#[tokio::test]
async fn who_guesses_is_slowed_down_and_others_are_not() {
    let it = Guarded::open().await;
    let user = it.user("ann", Role::Reader, &[]).await;
    // While passwords are checked the clock stands still.
    tokio::time::pause();
    for _ in 0..10 {
        let answer = it.login("10.0.0.6", "ann", "a guess").await;
        assert_eq!(refused(&answer), (401, "wrong_password".into()));
    }
    let too_many = it.login("10.0.0.7", "ann", "password of ann").await;
    assert_eq!(refused(&too_many), (429, "too_many_attempts".into()));
    let seconds = too_many.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    assert_eq!(it.login("10.0.0.7", "ann", "a guess").await.status(), 401, "it may again");
    assert_eq!(it.login("10.0.0.7", "ann", "a guess").await.status(), 429, "once");
    tokio::time::resume();
    it.token("admin", PASSWORD).await;
    assert_eq!(it.ask(&user, "GET /kv/k", "").await.status(), 404, "tokens are as they were");
}

#[tokio::test]
async fn who_guesses_names_is_slowed_down_by_address() {
    let it = Guarded::open().await;
    tokio::time::pause();
    for number in 0..30 {
        let answer = it.login("10.0.0.6", &format!("user-{number}"), "a guess").await;
        assert_eq!(refused(&answer), (401, "wrong_password".into()), "{number}");
    }
    let too_many = it.login("10.0.0.6", "admin", PASSWORD).await;
    assert_eq!(refused(&too_many), (429, "too_many_attempts".into()));
    it.token("admin", PASSWORD).await;
}

#[tokio::test]
async fn a_token_is_renewed_and_a_key_replaced_while_both_are_in_use() {
    let it = Guarded::open().await;
    let token = it.user("ann", Role::Reader, &[]).await;
    let renewed = json_of(&it.ask(&token, "POST /login/renew", "").await);
    let next = renewed["token"].as_str().unwrap().to_owned();
    let keys = |answer: Response<bytes::Bytes>| {
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let ids = body["keys"].as_array().unwrap().iter().map(|key| key["kid"].to_string());
        ids.collect::<Vec<_>>()
    };
    let before = keys(it.ask("", "GET /.well-known/jwks.json", "").await);
    assert_eq!(before.len(), 1);
    let rotated = it.admin("POST /auth/rotate-key", &json!({})).await;
    assert_eq!(rotated.status(), 200);
    let after = keys(it.ask("", "GET /.well-known/jwks.json", "").await);
    assert_eq!((after.len(), &after[0]), (2, &before[0]));
    for token in [&token, &next, &it.admin, &it.token("ann", "password of ann").await] {
        assert_eq!(it.ask(token, "GET /kv/k", "").await.status(), 404);
    }
    let again = it.admin("POST /auth/rotate-key", &json!({})).await;
    assert_eq!(refused(&again), (409, "refused_by_the_cluster".into()));
}

#[tokio::test]
async fn users_are_listed_without_what_is_secret() {
    let it = Guarded::open().await;
    it.user("ann", Role::Writer, &["a/"]).await;
    let answer = it.admin("GET /users", &json!({})).await;
    let expected = json!({ "users": [
        { "name": "admin", "role": "admin", "prefixes": [] },
        { "name": "ann", "role": "writer", "prefixes": ["a/"] },
    ] });
    assert_eq!(json_of(&answer), expected);
    for (how, body, status, code) in [
        ("PUT /users/ann", json!({ "password": "long enough", "role": "reader" }), 409, "refused"),
        ("PUT /users/bob", json!({ "password": "short", "role": "reader" }), 400, "bad_password"),
        ("PUT /users/bob", json!({ "password": "long enough" }), 400, "bad_auth_request"),
        ("PUT /users/bob/grant", json!({ "role": "reader" }), 404, "no_such_user"),
        ("PUT /users/ann/grant", json!({ "role": "admin", "prefixes": ["a"] }), 400, "bad_grant"),
        ("DELETE /users/admin", json!({}), 409, "refused_by_the_cluster"),
    ] {
        let refusal = refused(&it.admin(how, &body).await);
        assert!(refusal.0 == status && refusal.1.starts_with(code), "{how}: {refusal:?}");
    }
}

#[tokio::test]
async fn without_tokens_nobody_logs_in_and_everybody_is_let_in() {
    let it = Fixture::with(Limits::default(), &["--auth", "off"]).await;
    assert_eq!(it.call("GET", "/kv/k").await.status(), 404);
    for (method, target) in [
        ("POST", "/login"),
        ("POST", "/login/renew"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/users"),
        ("PUT", "/users/ann"),
        ("POST", "/auth/rotate-key"),
    ] {
        let answer = it.call(method, target).await;
        assert_eq!(refused(&answer), (404, "auth_off".into()), "{method} {target}");
    }
}
