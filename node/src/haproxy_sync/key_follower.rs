//! Asks nodes for the keys that tokens are signed with.

use std::time::Duration;

use reqwest::Client;
use ringway_auth::PublicKey;
use tokio::sync::watch;
use tokio::time::sleep;

use super::key_set::KeySet;
use crate::once_a_minute::OnceAMinute;
use crate::peers::Backoff;

/// How often. Keys are published 60 s before they sign.
const INTERVAL: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks nodes for the keys that tokens are signed with, one after the other.
pub(super) struct KeyFollower {
    pub(super) client: Client,
    /// `HOST:PORT` of their admin listeners.
    pub(super) nodes: Vec<String>,
    pub(super) keys: watch::Sender<Option<KeySet>>,
}

impl KeyFollower {
    /// Asks on and on.
    pub(super) async fn run(self) {
        let (mut backoff, logged) = (Backoff::new(), OnceAMinute::new());
        for node in self.nodes.iter().cycle() {
            match self.ask(node).await {
                Ok(keys) => {
                    self.offer(keys);
                    backoff.succeeded();
                    sleep(INTERVAL).await;
                }
                Err(reason) => {
                    if logged.is_due(reason.clone(), tokio::time::Instant::now()) {
                        tracing::warn!(%node, reason, "a node did not tell the keys of tokens");
                    }
                    sleep(backoff.failed()).await;
                }
            }
        }
    }

    async fn ask(&self, node: &str) -> Result<KeySet, String> {
        let url = format!("http://{node}/.well-known/jwks.json");
        let fetch = async {
            let answer = self.client.get(url).timeout(PATIENCE).send().await?;
            let answer = answer.error_for_status()?;
            let epoch = answer.headers().get("x-ringway-epoch").cloned();
            Ok::<_, reqwest::Error>((epoch, answer.bytes().await?))
        };
        let (epoch, json) = fetch.await.map_err(|error| error.to_string())?;
        let epoch = epoch.and_then(|epoch| epoch.to_str().ok()?.parse().ok());
        let keys = PublicKey::parse_set(&json).map_err(|error| error.to_string())?;
        match epoch {
            Some(epoch) if !keys.is_empty() => Ok(KeySet { epoch, keys }),
            _ => Err("it tells of none".to_owned()),
        }
    }

    /// Takes `told`, unless it is of a node that is behind.
    fn offer(&self, told: KeySet) {
        self.keys.send_if_modified(|known| {
            let is_news = known.as_ref().is_none_or(|known| known.epoch <= told.epoch);
            let is_other = known.as_ref().is_none_or(|known| known.keys != told.keys);
            if is_news {
                *known = Some(told);
            }
            is_news && is_other
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_set::key_set;
    use super::*;

    #[test]
    fn a_node_that_is_behind_brings_no_key_back() {
        let follower = KeyFollower {
            client: Client::new(),
            nodes: Vec::new(),
            keys: watch::Sender::new(None),
        };
        let mut keys = follower.keys.subscribe();
        for (epoch, names, is_news) in [
            (3, &['a'][..], true),
            (3, &['a'], false),
            (5, &['a', 'b'], true),
            (4, &['a'], false),
            (6, &['a', 'b'], false),
            (5, &['a'], false),
            (6, &['b'], true),
        ] {
            follower.offer(key_set(epoch, names));
            assert_eq!(keys.has_changed().unwrap(), is_news, "{epoch} {names:?}");
            keys.mark_unchanged();
        }
        assert_eq!(keys.borrow().as_ref().unwrap().ids(), ["b".repeat(43)]);
    }
}
