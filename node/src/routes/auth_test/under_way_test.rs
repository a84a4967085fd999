//! What becomes of a request while it is under way: its sender may be removed, be slow, or go
//! away.

use std::future::Future;
use std::time::Duration;

use super::audit_lines::AuditLines;
use super::*;

#[tokio::test]
async fn whoever_is_removed_while_the_body_comes_does_nothing_any_more() {
    let (lines, it) = (AuditLines::begin(), Guarded::open().await);
    let bob = json!({ "password": "password of bob", "role": "admin" }).to_string();
    let settings = json!({ "handoff_bytes_per_second": 1 }).to_string();
    for (name, role, how, body) in [
        ("ann", Role::Admin, "PUT /users/bob", &*bob),
        ("ben", Role::Admin, "POST /ring/settings", &*settings),
        ("cid", Role::Writer, "PUT /kv/k", "v"),
    ] {
        let token = it.user(name, role, &[]).await;
        let mut upload = it.begin(&token, how);
        upload.is_read().await;
        let removed = it.admin(&format!("DELETE /users/{name}"), &json!({})).await;
        assert_eq!(removed.status(), 200);
        let answer = upload.end(body).await;
        assert_eq!(refused(&answer), (401, "token_void".into()), "{how}");
        assert!(lines.have(Some(name), how, "token_void"), "{how}: {}", lines.text());
    }
    let users = json_of(&it.admin("GET /users", &json!({})).await);
    assert_eq!(users["users"].as_array().unwrap().len(), 1, "{users}");
    assert_eq!(it.ask(&it.admin, "GET /kv/k", "").await.status(), 404);
}

#[tokio::test]
async fn logins_that_are_slow_take_no_place_but_each_others() {
    let it = Guarded::with(Limits { logins_in_flight_max: 1, ..Limits::default() }).await;
    let requests = &it.fixture.node.places.requests;
    let mut slow = it.begin("", "POST /login");
    slow.is_read().await;
    assert_eq!(requests.free.available_permits(), requests.size as usize);
    let other = it.login("10.0.0.2", "admin", PASSWORD).await;
    assert_eq!(refused(&other), (503, "overloaded".into()));
    assert_eq!(other.headers()["x-ringway-outcome"], "not-applied");
    assert_eq!(it.admin("GET /users", &json!({})).await.status(), 200);
    let body = json!({ "username": "admin", "password": PASSWORD }).to_string();
    assert_eq!(slow.end(&body).await.status(), 200);
    it.token("admin", PASSWORD).await;
}

#[tokio::test]
async fn a_login_has_less_time_than_other_bodies() {
    let (long, short) = (Duration::from_hours(1), Duration::from_millis(1));
    let limits = Limits { body_timeout: long, body_time_max: long, ..Limits::default() };
    let it = Guarded::with(Limits { login_time_max: short, ..limits }).await;
    let mut slow = it.begin("", "POST /login");
    slow.is_read().await;
    assert_eq!(refused(&slow.answer().await), (408, "body_timeout".into()));
}

#[tokio::test]
async fn what_is_begun_is_done_and_noted_though_the_client_hangs_up() {
    let (lines, it) = (AuditLines::begin(), Guarded::open().await);
    it.user("ann", Role::Reader, &[]).await;
    it.hang_up(it.ask(&it.admin, "DELETE /users/ann", "")).await;
    assert!(lines.have(Some("admin"), "DELETE /users/ann", "done"), "{}", lines.text());
    let users = json_of(&it.admin("GET /users", &json!({})).await);
    assert_eq!(users["users"].as_array().unwrap().len(), 1, "{users}");

    it.hang_up(it.login("10.0.0.5", "admin", "a guess")).await;
    assert!(lines.have(Some("admin"), "POST /login", "wrong_password"), "{}", lines.text());
}

#[tokio::test]
async fn what_is_refused_is_noted_and_no_query_is() {
    let (lines, it) = (AuditLines::begin(), Guarded::open().await);
    let old = Tokens::of(&it.fixture.node).of_long_ago();
    let renewed = it.ask(&old, "POST /login/renew", "").await;
    assert_eq!(refused(&renewed), (401, "session_over".into()));
    assert!(lines.have(Some("admin"), "POST /login/renew", "session_over"), "{}", lines.text());
    assert_eq!(it.ask("", "POST /login", "{}").await.status(), 400);
    assert!(lines.have(None, "POST /login", "bad_auth_request"), "{}", lines.text());
    let in_query = format!("GET /ring/status?access_token={}", it.admin);
    assert_eq!(it.ask("", &in_query, "").await.status(), 401);
    assert!(lines.have(None, "GET /ring/status", "token_missing"), "{}", lines.text());
    assert!(!lines.text().contains(&it.admin), "{}", lines.text());
}

#[tokio::test]
async fn which_server_a_request_names_is_noted_and_nothing_else_of_it() {
    let (lines, it) = (AuditLines::begin(), Guarded::open().await);
    let writer = it.user("writer", Role::Writer, &[]).await;
    let (admin, nobody) = (it.admin.as_str(), "");
    let (n7, port) = (json!(["n7", null]), json!([null, 7]));
    for (token, how, body, named, outcome) in [
        (admin, "POST /remove_server?hostname=n7&also=s3cr3t", "", &n7, "no_such_server"),
        (admin, "POST /remove_server", r#"{"hostname": "n7"}"#, &n7, "no_such_server"),
        (admin, "POST /remove_server", r#"{"port": 7}"#, &port, "no_server_on_port"),
        (admin, "POST /shutdown?port=7&port=8", "", &port, "no_server_on_port"),
        (admin, "GET /shutdown?hostname=n%37", "", &n7, "no_such_server"),
        (admin, "POST /add_server?hostname=n7", "", &n7, "no_launcher"),
        (admin, "POST /add_server", r#"{"hostname": "n7"}"#, &n7, "no_launcher"),
        // Of those that are not let in the body is not read.
        (&writer, "POST /add_server?hostname=n7", "", &n7, "forbidden"),
        (&writer, "POST /add_server", r#"{"hostname": "n7"}"#, &json!([null, null]), "forbidden"),
        (nobody, "POST /shutdown?port=7", "", &port, "token_missing"),
        // What is no name and no port may be anything.
        (admin, "POST /shutdown?port=s3cr3t", "", &json!([null, null]), "bad_query"),
        (admin, "POST /add_server?hostname=s3cr3t%0a", "", &json!([null, null]), "bad_hostname"),
        (
            admin,
            "POST /add_server",
            r#"{"also": "s3cr3t"}"#,
            &json!([null, null]),
            "bad_servers_request",
        ),
        (admin, "POST /ring/change?hostname=n7", "{", &json!([null, null]), "bad_ring_change"),
    ] {
        it.ask(token, how, body).await;
        let noted = lines.all().pop().unwrap();
        let what = how.split('?').next().unwrap();
        assert_eq!((&noted["what"], &noted["outcome"]), (&json!(what), &json!(outcome)), "{how}");
        let found = json!([noted["hostname"], noted["port"]]);
        assert_eq!(found, *named, "{how} {body}: {noted}");
    }
    assert!(!lines.text().contains("s3cr3t"), "{}", lines.text());
}

impl Guarded {
    /// Asks, waits until the node is at it, and goes away. Returns once the node is done with it.
    async fn hang_up(&self, asked: impl Future) {
        let places = &self.fixture.node.places;
        {
            let mut asked = std::pin::pin!(asked);
            let is_free =
                |pool: &crate::places::Pool| pool.free.available_permits() == pool.size as usize;
            while is_free(&places.requests) && is_free(&places.logins) {
                std::future::poll_fn(|context| {
                    assert!(asked.as_mut().poll(context).is_pending(), "it is answered already");
                    std::task::Poll::Ready(())
                })
                .await;
                tokio::task::yield_now().await;
            }
        }
        places.all_free().await;
    }
}
