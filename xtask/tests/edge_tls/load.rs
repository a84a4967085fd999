//! Reads that go on and on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use crate::tls_client::TlsClient;

/// How many clients each edge has.
const CLIENTS: usize = 4;
/// How many requests are sent into a connection: each of so many is a new handshake.
const REQUESTS: usize = 20;

/// Clients that read `/kv/a` on and on, and what they were told instead of it.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    clients: JoinSet<(u64, Vec<String>)>,
}

impl Load {
    pub(crate) fn start(client: &TlsClient, urls: &[String], bearer: &str) -> Self {
        let (is_over, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for url in urls.iter().flat_map(|url| [url; CLIENTS]) {
            let (url, is_over) = (url.clone(), Arc::clone(&is_over));
            let (client, bearer) = (client.clone(), bearer.to_owned());
            clients.spawn(async move {
                let (mut count, mut failed) = (0, Vec::new());
                while !is_over.load(Ordering::Relaxed) {
                    let (mut connection, _) = client.open(&url).await;
                    for _ in 0..REQUESTS {
                        let headers = [("authorization", bearer.as_str())];
                        let answer = connection.send("GET", "/kv/a", &headers, "").await;
                        count += 1;
                        if answer.status != 200 {
                            failed.push(format!("{url}: {answer:?}"));
                        }
                        // As a worker does that is being replaced.
                        if answer.header("connection") == Some("close") {
                            break;
                        }
                    }
                }
                (count, failed)
            });
        }
        Self { is_over, clients }
    }

    /// How many requests there were, and what came of those that failed. A connection that was
    /// refused or broken ends the test.
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
