//! Clients with a token that becomes void, everywhere at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::task::JoinSet;
use xtask::wait;

use crate::PATIENCE;
use crate::client::{Client, pace};
use crate::cluster::Cluster;

/// What is promised: nothing that is sent later than this after the answer is let in.
const PROMISED: Duration = Duration::from_secs(2);
/// How many requests after that each place has to refuse.
const REFUSALS: usize = 20;
const TARGET: &str = "/kv/a/k";

/// Clients with one token, one at each place, that ask on and on.
pub(crate) struct ShutOut {
    places: Vec<Place>,
    is_over: Arc<AtomicBool>,
    clients: JoinSet<()>,
}

struct Place {
    url: String,
    visits: Arc<Mutex<Vec<Visit>>>,
}

/// A request: between when and when it was under way, and what it was answered.
struct Visit {
    sent: Instant,
    told: Instant,
    status: u16,
    code: String,
}

impl Visit {
    fn is_let_in(&self) -> bool {
        self.status == 200
    }

    fn is_refused(&self) -> bool {
        self.status == 401 && self.code == "token_void"
    }

    /// Whether it is as it should be of a token that was made void between `asked` and `promised`.
    fn is_right(&self, asked: Instant, promised: Instant) -> bool {
        match self {
            early if early.told < asked => early.is_let_in(),
            late if late.sent > promised => late.is_refused(),
            meanwhile => meanwhile.is_let_in() || meanwhile.is_refused(),
        }
    }
}

impl ShutOut {
    /// With `token`, at both edges and at every node. Returns once each place has let it in.
    pub(crate) async fn start(cluster: &Cluster, token: &str) -> Self {
        let (is_over, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        let places = cluster.every_place().into_iter().map(|url| {
            let (visits, mut client) = (Arc::default(), Client::new(&url, token));
            let (is_over, place) =
                (Arc::clone(&is_over), Place { url, visits: Arc::clone(&visits) });
            clients.spawn(async move {
                let mut ticks = pace();
                while !is_over.load(Ordering::Relaxed) {
                    ticks.tick().await;
                    let sent = Instant::now();
                    let answer = client.send("GET", TARGET, "").await;
                    let (told, status) = (Instant::now(), answer.status);
                    let code = if status == 200 { String::new() } else { answer.code() };
                    visits.lock().push(Visit { sent, told, status, code });
                }
            });
            place
        });
        let places = places.collect();
        let it = Self { places, is_over, clients };
        it.each_place_has("let it in", Visit::is_let_in).await;
        it
    }

    /// Ends them once each place has refused enough, of what was sent after the promised time. The
    /// token was made void between `asked` and `answered`.
    pub(crate) async fn ends(self, asked: Instant, answered: Instant) {
        let promised = answered + PROMISED;
        self.each_place_has("been asked", |visit| visit.sent > promised).await;
        self.is_over.store(true, Ordering::Relaxed);
        self.clients.join_all().await;
        for Place { url, visits } in self.places {
            let visits = visits.lock();
            let wrong = visits.iter().filter(|visit| !visit.is_right(asked, promised));
            let wrong: Vec<_> = wrong.map(|visit| (visit.sent - asked, visit.status)).collect();
            assert!(wrong.is_empty(), "{} of {} at {url}: {wrong:?}", wrong.len(), visits.len());
        }
    }

    async fn each_place_has(&self, what: &str, counts: impl Fn(&Visit) -> bool) {
        let are_enough = async || {
            self.places.iter().all(|place| {
                place.visits.lock().iter().filter(|visit| counts(visit)).count() >= REFUSALS
            })
        };
        assert!(wait::until(PATIENCE, are_enough).await, "not every place has {what}");
    }
}
