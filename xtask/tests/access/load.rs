//! Reads that go on and on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use crate::raw_http::Connection;

/// How many clients each edge has.
const CLIENTS: usize = 8;

/// Clients that read `/kv/a/k` on and on, and what they were told instead of it.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    clients: JoinSet<(u64, Vec<String>)>,
}

impl Load {
    pub(crate) fn start(urls: &[String], token: &str) -> Self {
        let (is_over, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for url in urls.iter().flat_map(|url| [url; CLIENTS]) {
            let (url, is_over) = (url.clone(), Arc::clone(&is_over));
            let bearer = format!("Bearer {token}");
            clients.spawn(async move {
                let (mut count, mut failed) = (0, Vec::new());
                let mut connection = Connection::open(&url).await;
                while !is_over.load(Ordering::Relaxed) {
                    let headers = [("authorization", bearer.as_str())];
                    let answer = connection.send("GET", "/kv/a/k", &headers, "").await;
                    count += 1;
                    if answer.status != 200 {
                        failed.push(format!("{url}: {answer:?}"));
                    }
                    if answer.header("connection") == Some("close") {
                        connection = Connection::open(&url).await;
                    }
                }
                (count, failed)
            });
        }
        Self { is_over, clients }
    }

    /// How many requests there were, and what came of those that failed.
    pub(crate) async fn end(self) -> (u64, Vec<String>) {
        self.is_over.store(true, Ordering::Relaxed);
        let (mut count, mut failed) = (0, Vec::new());
        for (requests, failures) in self.clients.join_all().await {
            count += requests;
            failed.extend(failures);
        }
        (count, failed)
    }
}
