//! Clients of single nodes, who are served there or refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::ETAG;
use reqwest::{Client, StatusCode};
use ringway_ring::{NodeId, View};
use serde_json::Value;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;
use xtask::stack::{Node, Stack};
use xtask::wait;

use crate::history::{Ask, Mark, Operation, Told};
use crate::record::Record;
use crate::request::{Answer, ask};

/// Which of a stack's nodes.
pub(crate) type Place = usize;

const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than a node takes to say that it doesn't know.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// Clients of single nodes, and what they were told.
pub(crate) struct Clients {
    client: Client,
    start: Instant,
    /// The nodes' names, and their URLs.
    nodes: Vec<(NodeId, String)>,
    marks: AtomicU64,
    /// What was ever tried to be written, by key.
    tried: Mutex<BTreeMap<String, BTreeSet<Mark>>>,
    record: Mutex<Record>,
}

/// What a read was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) status: StatusCode,
    etag: Option<String>,
    pub(crate) body: String,
}

impl Clients {
    pub(crate) fn of(stack: &Stack) -> Arc<Self> {
        let nodes = stack.nodes().iter().map(|node: &Node| (node.id().clone(), node.url()));
        Arc::new(Self {
            client: Client::builder().no_proxy().build().unwrap(),
            start: Instant::now(),
            nodes: nodes.collect(),
            marks: AtomicU64::new(1),
            tried: Mutex::default(),
            record: Mutex::default(),
        })
    }

    pub(crate) fn id(&self, place: Place) -> &NodeId {
        &self.nodes[place].0
    }

    /// Returns once each node at `places` has taken a write of each of `keys`, and read it.
    pub(crate) async fn are_served(self: &Arc<Self>, places: &'static [Place], keys: &[String]) {
        at_once(keys.iter().cloned(), |key| Arc::clone(self).is_served(places, key)).await;
    }

    async fn is_served(self: Arc<Self>, places: &[Place], key: String) {
        for &place in places {
            let id = self.id(place);
            let mut answer = None;
            let writes = wait::until(PATIENCE, async || {
                let answer = answer.insert(self.write(place, &key).await);
                matches!(answer, Answer::Told(Told::Written { .. }))
            });
            assert!(writes.await, "{id} takes no write of {key}: {answer:?}");
            let reads = wait::until(PATIENCE, async || {
                let answer = answer.insert(self.perform(place, &key, Ask::Read).await);
                matches!(answer, Answer::Told(Told::Found { .. }))
            });
            assert!(reads.await, "{id} does not read {key}: {answer:?}");
        }
    }

    /// Returns once the node at `place` has deleted each of `keys`, which are there.
    pub(crate) async fn delete(&self, place: Place, keys: &[String]) {
        for key in keys {
            let mut answer = None;
            let deletes = wait::until(PATIENCE, async || {
                let delete = Ask::Delete { if_match: None };
                let answer = answer.insert(self.perform(place, key, delete).await);
                // It may be the second attempt, the first of which was of open outcome.
                matches!(answer, Answer::Told(Told::Deleted | Told::NotFound))
            });
            assert!(deletes.await, "{} does not delete {key}: {answer:?}", self.id(place));
        }
    }

    /// Writes down what each node at `places` has of each of `keys`.
    pub(crate) async fn look(&self, places: &[Place], keys: &[String]) {
        for key in keys {
            for &place in places {
                let mut answer = None;
                let tells = wait::until(PATIENCE, async || {
                    let answer = answer.insert(self.perform(place, key, Ask::Read).await);
                    matches!(answer, Answer::Told(_))
                });
                assert!(tells.await, "{} does not read {key}: {answer:?}", self.id(place));
            }
        }
    }

    /// Panics where a node at `places` takes a write of one of `keys`, or reads it.
    pub(crate) async fn are_refused(self: &Arc<Self>, places: &'static [Place], keys: &[String]) {
        // A refusal takes as long as a node waits for those whom it can't reach.
        let all = places.iter().flat_map(|&place| keys.iter().map(move |key| (place, key.clone())));
        at_once(all, |(place, key)| Arc::clone(self).is_refused(place, key)).await;
    }

    async fn is_refused(self: Arc<Self>, place: Place, key: String) {
        let id = self.id(place);
        let answer = self.write(place, &key).await;
        let is_refused = matches!(answer, Answer::NotApplied | Answer::Told(Told::Unknown));
        assert!(is_refused, "{id}, {key}: {answer:?}");
        let read = self.get(place, &key, "").await;
        assert_eq!(read.status, StatusCode::SERVICE_UNAVAILABLE, "{id}, {key}: {read:?}");
    }

    async fn write(&self, place: Place, key: &str) -> Answer {
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        self.tried.lock().entry(key.to_owned()).or_default().insert(mark);
        let put = Ask::Put { mark, if_match: None, if_absent: false, ttl: false };
        self.perform(place, key, put).await
    }

    /// Does it, and writes down what came of it.
    async fn perform(&self, place: Place, key: &str, asked: Ask) -> Answer {
        let url = format!("{}/kv/{key}", self.nodes[place].1);
        let from = self.now();
        let answer = ask(&self.client, &url, &asked, WRITE_PATIENCE).await;
        let until = self.now();
        let mut record = self.record.lock();
        match &answer {
            Answer::Told(told) => {
                let until = (*told != Told::Unknown).then_some(until);
                let (client, told) = (place, told.clone());
                let operation = Operation { client, ask: asked, told, from, until };
                record.histories.entry(key.to_owned()).or_default().operations.push(operation);
            }
            Answer::NotApplied => record.not_applied += 1,
            // Nodes may refuse a read.
            Answer::Failed(_) if asked == Ask::Read => {}
            Answer::Failed(why) => record.failures.push(format!("{asked:?} of {key}: {why}")),
        }
        answer
    }

    /// What is answered to a read of `key` with `query`. It is not written down.
    pub(crate) async fn get(&self, place: Place, key: &str, query: &str) -> Copy {
        let url = format!("{}/kv/{key}{query}", self.nodes[place].1);
        let response = self.client.get(url).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers());
        let etag = headers.get(ETAG).map(|etag| etag.to_str().unwrap().to_owned());
        Copy { status, etag, body: response.text().await.unwrap() }
    }

    /// Whether somebody has tried to write `body` to `key`.
    pub(crate) fn have_tried(&self, key: &str, body: &str) -> bool {
        let mark = body.parse();
        mark.is_ok_and(|mark| self.tried.lock().get(key).is_some_and(|it| it.contains(&mark)))
    }

    /// The status, and what it says of the outcome.
    pub(crate) async fn post(
        &self,
        place: Place,
        path: &str,
        body: &Value,
    ) -> (StatusCode, String) {
        let url = format!("{}{path}", self.nodes[place].1);
        let response = self.client.post(url).body(body.to_string()).send().await.unwrap();
        let outcome = response.headers().get("x-ringway-outcome");
        let outcome = outcome.map_or("", |outcome| outcome.to_str().unwrap());
        (response.status(), outcome.to_owned())
    }

    /// What is at `path`.
    pub(crate) async fn fetch(&self, place: Place, path: &str) -> Vec<u8> {
        let response = self.client.get(format!("{}{path}", self.nodes[place].1)).send().await;
        response.unwrap().bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn view(&self, place: Place) -> View {
        View::from_json(&self.fetch(place, "/ring").await).unwrap()
    }

    /// What all clients were told.
    pub(crate) fn record(&self) -> Record {
        std::mem::take(&mut self.record.lock())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }
}

/// Does `act` with each of `these` at once.
async fn at_once<T, F>(these: impl IntoIterator<Item = T>, act: impl Fn(T) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let here = LocalSet::new();
    let mut all = JoinSet::new();
    for one in these {
        all.spawn_local_on(act(one), &here);
    }
    here.run_until(all.join_all()).await;
}
