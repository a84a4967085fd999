//! Clients that write and read through the edges on and on, and nothing of what they are told may be
//! wrong.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinSet;
use xtask::wait;

use crate::PATIENCE;
use crate::client::{Client, pace};
use crate::cluster::{Cluster, password_of};
use crate::tokens::kid_of;

/// How many requests a client that logs in anew sends with one token.
const REQUESTS_OF_A_TOKEN: usize = 40;

/// Clients under way.
pub(crate) struct Crowd {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

struct Shared {
    is_over: AtomicBool,
    counters: Vec<Counter>,
    /// How many requests each client has had answered.
    answered: Vec<AtomicUsize>,
    /// Of the keys that have signed what clients were given.
    kids: Mutex<BTreeSet<String>>,
    failed: Mutex<Vec<String>>,
}

/// A key whose value one client counts up.
struct Counter {
    target: String,
    /// The highest that was sent.
    begun: AtomicU64,
    /// The highest that anybody was told is stored.
    known: AtomicU64,
}

/// One of the clients.
struct Visitor {
    number: usize,
    name: &'static str,
    client: Client,
    /// Whether it takes a new token all the time, or keeps that of before.
    logs_in: bool,
    /// The counter that it counts up; nothing where it reads all of them.
    own: Option<usize>,
}

impl Crowd {
    /// At each edge of `cluster` two writers and two readers, one of each with the token that it has
    /// from the beginning to the end.
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        let tokens = [
            cluster.user("writer", "writer", &[]).await,
            cluster.user("reader", "reader", &[]).await,
        ];
        let [_, edges @ ..] = cluster.places();
        let all = edges.iter().flat_map(|(_, url)| {
            [("writer", true), ("writer", false), ("reader", true), ("reader", false)]
                .map(|(name, logs_in)| (url, name, logs_in))
        });
        let mut counters = Vec::new();
        let mut visitors = Vec::new();
        for (number, (url, name, logs_in)) in all.enumerate() {
            let writes = name == "writer";
            let own = writes.then_some(counters.len());
            if writes {
                let target = format!("/kv/counter/{number}");
                cluster.put(&format!("counter/{number}"), "0").await;
                counters.push(Counter { target, begun: 0.into(), known: 0.into() });
            }
            let client = Client::new(url, &tokens[usize::from(!writes)]);
            visitors.push(Visitor { number, name, client, logs_in, own });
        }
        let shared = Arc::new(Shared {
            is_over: AtomicBool::new(false),
            counters,
            answered: visitors.iter().map(|_| AtomicUsize::new(0)).collect(),
            kids: Mutex::default(),
            failed: Mutex::default(),
        });
        let mut clients = JoinSet::new();
        for visitor in visitors {
            clients.spawn(visitor.visit(Arc::clone(&shared)));
        }
        Self { shared, clients }
    }

    /// Returns once each client has had `requests` more answered.
    pub(crate) async fn progress(&self, requests: usize) {
        let counts = || self.shared.answered.iter().map(|count| count.load(Ordering::Relaxed));
        let enough: Vec<_> = counts().map(|count| count + requests).collect();
        let goes_on = async || counts().zip(&enough).all(|(count, enough)| count >= *enough);
        let goes_on = wait::until(PATIENCE, goes_on).await;
        assert!(
            goes_on,
            "{:?} of {enough:?}: {:?}",
            counts().collect::<Vec<_>>(),
            self.shared.failed.lock()
        );
    }

    /// Whether one of the clients was given a token that the key `kid` has signed.
    pub(crate) fn has_token_of(&self, kid: &str) -> bool {
        self.shared.kids.lock().contains(kid)
    }

    /// Lets every client finish. None of them may have been told anything wrong.
    pub(crate) async fn end(self) {
        let Self { shared, clients } = self;
        shared.is_over.store(true, Ordering::Relaxed);
        clients.join_all().await;
        let failed = shared.failed.lock().clone();
        let requests: usize = shared.answered.iter().map(|it| it.load(Ordering::Relaxed)).sum();
        assert!(failed.is_empty(), "{} of {requests}: {failed:#?}", failed.len());
        println!("{requests} requests");
    }
}

impl Visitor {
    async fn visit(mut self, shared: Arc<Shared>) {
        let mut ticks = pace();
        let mut count = 0;
        while !shared.is_over.load(Ordering::Relaxed) {
            ticks.tick().await;
            if self.logs_in && count % REQUESTS_OF_A_TOKEN == 0 {
                self.log_in(&shared).await;
            }
            let counter = &shared.counters[self.own.unwrap_or(count % shared.counters.len())];
            let asked = match self.own {
                Some(_) => self.count_up(counter).await,
                None => self.read(counter).await,
            };
            if let Err(failed) = asked {
                let Self { name, client, .. } = &self;
                shared.failed.lock().push(format!("{name} at {}: {failed}", client.url()));
            }
            count += 1;
            shared.answered[self.number].store(count, Ordering::Relaxed);
        }
    }

    async fn log_in(&mut self, shared: &Shared) {
        let body = json!({ "username": self.name, "password": password_of(self.name) }).to_string();
        let answer = self.client.send("POST", "/login", &body).await;
        if answer.status != 200 {
            let refused =
                format!("{} can't log in at {}: {answer:?}", self.name, self.client.url());
            return shared.failed.lock().push(refused);
        }
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        shared.kids.lock().insert(kid_of(&token));
        self.client.take(&token);
    }

    async fn count_up(&mut self, counter: &Counter) -> Result<(), String> {
        let next = counter.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = self.client.send("PUT", &counter.target, &next.to_string()).await;
        if answer.status != 200 {
            return Err(format!("{next} is not stored: {answer:?}"));
        }
        counter.known.fetch_max(next, Ordering::SeqCst);
        Ok(())
    }

    /// What is read is at least what anybody knew before, and at most what was sent until then.
    async fn read(&mut self, counter: &Counter) -> Result<(), String> {
        let known = counter.known.load(Ordering::SeqCst);
        let answer = self.client.send("GET", &counter.target, "").await;
        let begun = counter.begun.load(Ordering::SeqCst);
        let found = answer.body.parse().ok().filter(|found| (known..=begun).contains(found));
        let (200, Some(found)) = (answer.status, found) else {
            return Err(format!("not within {known} and {begun}: {answer:?}"));
        };
        counter.known.fetch_max(found, Ordering::SeqCst);
        Ok(())
    }
}
