//! Reads that go on and on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::raw_http::Connection;

/// Clients that read a key on and on, and what they were told instead of its value.
pub(crate) struct Reading {
    is_over: Arc<AtomicBool>,
    clients: JoinSet<(u64, Vec<String>)>,
}

/// Which key, by whom, and how.
#[derive(Clone, Copy)]
pub(crate) struct Reads {
    pub(crate) target: &'static str,
    /// How many clients each edge has.
    pub(crate) clients: usize,
    /// How many requests are sent into a connection at most.
    pub(crate) of_connection: usize,
}

impl Reading {
    /// At each of `urls`, over connections that `open` opens.
    pub(crate) fn start<S, O>(
        reads: Reads,
        urls: &[String],
        token: &str,
        open: impl Fn(String) -> O + Clone + Send + 'static,
    ) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        O: Future<Output = Connection<S>> + Send + 'static,
    {
        let (is_over, mut clients) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for url in urls.iter().flat_map(|url| vec![url; reads.clients]) {
            let (url, is_over) = (url.clone(), Arc::clone(&is_over));
            let (open, bearer) = (open.clone(), format!("Bearer {token}"));
            clients.spawn(async move {
                let (mut count, mut failed) = (0, Vec::new());
                while !is_over.load(Ordering::Relaxed) {
                    let mut connection = open(url.clone()).await;
                    for _ in 0..reads.of_connection {
                        let headers = [("authorization", bearer.as_str())];
                        let answer = connection.send("GET", reads.target, &headers, "").await;
                        count += 1;
                        if answer.status != 200 {
                            failed.push(format!("{url}: {answer:?}"));
                        }
                        // As a worker does that is being replaced.
                        let is_closed = answer.header("connection") == Some("close");
                        if is_closed || is_over.load(Ordering::Relaxed) {
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
