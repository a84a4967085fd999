//! Asks nodes for the view, one after the other.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use ringway_ring::View;
use tokio::sync::watch;
use tokio::time::sleep;

use super::sync_metrics::SyncMetrics;
use crate::peers::Backoff;

/// For how long a node holds the question. Short, so that one which is cut off from the others
/// keeps no news for long.
const WAIT_SECONDS: u64 = 1;
/// Above it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks nodes for the view, one after the other. Two of them ask two nodes at a time.
pub(super) struct Follower {
    pub(super) client: Client,
    /// `HOST:PORT` of their admin listeners.
    pub(super) nodes: Vec<String>,
    /// Which of them is asked first.
    pub(super) turn: usize,
    pub(super) views: watch::Sender<Option<View>>,
    pub(super) metrics: SyncMetrics,
}

impl Follower {
    /// Asks on and on.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new();
        loop {
            let node = self.nodes.get(self.turn % self.nodes.len().max(1));
            let node = node.cloned().unwrap_or_default();
            self.turn = self.turn.wrapping_add(1);
            match self.ask(&node).await {
                Ok(Some(view)) => self.offer(view),
                Ok(None) => {}
                Err(reason) => {
                    tracing::debug!(%node, reason, "a node did not tell the view");
                    sleep(backoff.failed()).await;
                    continue;
                }
            }
            self.metrics.heard();
            backoff.succeeded();
        }
    }

    /// The view that `node` has, if it is another than the one that is known.
    async fn ask(&self, node: &str) -> Result<Option<View>, String> {
        let known = self.views.borrow().as_ref().map(View::epoch);
        let after = known.map(|epoch| format!("?after={epoch}&wait={WAIT_SECONDS}"));
        let url = format!("http://{node}/ring{}", after.unwrap_or_default());
        let fetch = async {
            let answer = self.client.get(url).timeout(PATIENCE).send().await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        match fetch.await.map_err(|error| error.to_string())? {
            (StatusCode::NOT_MODIFIED, _) => Ok(None),
            (StatusCode::OK, json) => {
                View::from_json(&json).map(Some).map_err(|error| error.to_string())
            }
            (status, _) => Err(format!("it answers with the HTTP status {status}")),
        }
    }

    fn offer(&self, view: View) {
        self.views.send_if_modified(|known| {
            let is_news = known.as_ref().is_none_or(|known| known.epoch() < view.epoch());
            if is_news {
                self.metrics.told(view.epoch());
                *known = Some(view);
            }
            is_news
        });
    }
}
