//! The edges with TLS, before nodes that ask for tokens: the table by HTTP/2, and tokens that end while
//! the command line has them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ringway_auth::Claims;
use serde_json::{Value, json};
use xtask::stack::StackOptions;

use crate::certificates::Certificates;
use crate::cluster::Cluster;
use crate::http_2::Http2;
use crate::raw_http::Connection;
use crate::tls_client::TlsClient;
use crate::tokens::{Forger, claims_of};
use crate::walk::{Tokens, walk};

/// How often forgers come: without the edge's precaution every second connection is lost.
const ROUNDS: usize = 4;

#[tokio::test]
async fn every_row_is_the_same_by_http_2_over_tls_and_tokens_that_end_are_renewed() {
    let certificates = Certificates::new();
    let edge_tls = Some(certificates.directory().to_owned());
    let cluster = Cluster::with(StackOptions { edge_tls, ..StackOptions::of(3) }).await;
    let tokens = Tokens::of(&cluster).await;
    // With the key that signs: the walk draws another, which edges learn of only then.
    let forger = cluster.forger().await;
    let curl = Http2 { authority: certificates.authority() };
    let wrong = walk(&cluster, &tokens, &[1, 2], &curl).await;
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    let authority = certificates.authority();
    let admin = &claims_of(cluster.stack.token().unwrap());
    let [_, edges @ ..] = cluster.places();
    let client = TlsClient(certificates.client());
    for (_, url) in edges {
        nobody_else_pays_for_a_wrong_signature(&client, &url, &forger, admin).await;
        let person = Person::new(&cluster, &url, &authority);
        a_token_that_ends_soon_is_replaced(&forger, admin, &person);
        a_token_that_has_ended_is_named(&forger, admin, &person);
    }
}

/// Whoever sends tokens with wrong signatures breaks no connection but, at most, their own.
async fn nobody_else_pays_for_a_wrong_signature(
    client: &TlsClient,
    url: &str,
    forger: &Forger,
    admin: &Claims,
) {
    let good = forger.sign(admin);
    let other = forger.sign(&Claims { exp: admin.exp - 1, ..admin.clone() });
    let (head, (_, signature)) =
        (good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap());
    let wrong = format!("{head}.{signature}");
    let ask = async |connection: &mut Connection<_>, token: &str| {
        let bearer = format!("Bearer {token}");
        connection.send("GET", "/home", &[("authorization", &bearer)], "").await.status
    };
    for _ in 0..ROUNDS {
        let mut others = Vec::new();
        // Each thread of an edge has some of either.
        for _ in 0..4 {
            let mut other = client.open(url).await.0;
            assert_eq!(ask(&mut other, &good).await, 200, "{url}");
            others.push(other);
        }
        let mut theirs = Vec::new();
        for _ in 0..4 {
            let mut connection = client.open(url).await.0;
            assert_eq!(ask(&mut connection, &wrong).await, 401, "{url}");
            theirs.push(connection);
        }
        for mut other in others {
            assert_eq!(ask(&mut other, &good).await, 200, "{url}");
        }
    }
}

/// Somebody who has logged in through the edge at `url`.
struct Person<'a> {
    home: tempfile::TempDir,
    program: &'a Path,
    url: &'a str,
    authority: &'a Path,
}

impl<'a> Person<'a> {
    fn new(cluster: &'a Cluster, url: &'a str, authority: &'a Path) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            program: cluster.stack.program(),
            url,
            authority,
        }
    }

    /// What the command line keeps, of this machine's user nothing.
    fn tokens(&self) -> std::path::PathBuf {
        self.home.path().join(".config/ringway/tokens.json")
    }

    /// Has `token` kept, as `ringway login` would.
    fn keeps(&self, token: &str) {
        let kept = json!({ self.url: { "token": token, "expires_at": claims_of(token).exp } });
        let path = self.tokens();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path.parent().unwrap()).unwrap();
        let mut private = fs::File::options();
        private.write(true).create(true).truncate(true).mode(0o600);
        private.open(path).unwrap().write_all(kept.to_string().as_bytes()).unwrap();
    }

    fn kept(&self) -> String {
        let kept: Value = serde_json::from_slice(&fs::read(self.tokens()).unwrap()).unwrap();
        kept[self.url]["token"].as_str().unwrap().to_owned()
    }

    fn ringway(&self, words: &[&str]) -> Output {
        let mut command = Command::new(self.program);
        command.env_clear().env("HOME", self.home.path()).args(words).args(["--url", self.url]);
        command.arg("--ca-file").arg(self.authority).stdin(Stdio::null()).output().unwrap()
    }
}

fn a_token_that_ends_soon_is_replaced(forger: &Forger, admin: &Claims, person: &Person<'_>) {
    // In the second half of its hour.
    let soon = forger.sign(&Claims { exp: admin.nbf + 900, ..admin.clone() });
    person.keeps(&soon);
    let read = person.ringway(&["get", "a/k"]);
    assert!(read.status.success(), "{}: {read:?}", person.url);
    let next = person.kept();
    assert_ne!(next, soon, "{}", person.url);
    let claims = claims_of(&next);
    assert_eq!(claims.sub, admin.sub);
    assert!(claims.exp >= admin.exp, "{claims:?}");
    // It is good for as long as it says: it isn't replaced again.
    assert!(person.ringway(&["get", "a/k"]).status.success(), "{}", person.url);
    assert_eq!(person.kept(), next, "{}", person.url);
}

fn a_token_that_has_ended_is_named(forger: &Forger, admin: &Claims, person: &Person<'_>) {
    // Beyond what any clock is forgiven.
    let ended = forger.sign(&Claims { exp: admin.nbf - 100, ..admin.clone() });
    person.keeps(&ended);
    let refused = person.ringway(&["get", "a/k"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{}: {said}", person.url);
    assert!(said.contains("the token has expired") && said.contains("ringway login"), "{said}");
    assert_eq!(person.kept(), ended, "a token that has ended is not renewed");
}
