//! The token that goes along with requests.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Mutex;

use crate::client_error::ClientError;
use crate::endpoint::Endpoint;
use crate::token_file::{StoredToken, TokenFile};

/// A token that ends within this many seconds is replaced by the next: half of its life.
const RENEWED_BEFORE_SECONDS: u64 = 1800;

/// The token that goes along with requests to one endpoint, and where it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    held: Arc<Mutex<StoredToken>>,
    file: TokenFile,
    endpoint: Endpoint,
}

impl Session {
    /// That of the user, who has logged in to `endpoint`; nothing where nobody has.
    pub(crate) fn of_user(endpoint: &Endpoint) -> Result<Option<Self>, ClientError> {
        let Some(file) = TokenFile::of_user() else { return Ok(None) };
        let token = file.token(endpoint)?;
        Ok(token.map(|token| Self {
            held: Arc::new(Mutex::new(token)),
            file,
            endpoint: endpoint.clone(),
        }))
    }

    /// The token. One that ends soon is replaced by what `renew` makes of it, and where that
    /// fails it is tried as it is.
    pub(crate) async fn token<F: Future<Output = Option<StoredToken>>>(
        &self,
        renew: impl FnOnce(String) -> F,
    ) -> String {
        let mut held = self.held.lock().await;
        if is_due(&held, now())
            && let Some(next) = renew(held.token.clone()).await
        {
            *held = next.clone();
            // Kept in memory at least: the file serves the next command.
            let _ = self.file.keep(&self.endpoint, next);
        }
        held.token.clone()
    }
}

fn is_due(token: &StoredToken, now: u64) -> bool {
    now < token.expires_at && now + RENEWED_BEFORE_SECONDS >= token.expires_at
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_in_the_second_half_of_its_life_and_not_after_it() {
        let token = StoredToken { token: "t".into(), expires_at: 10_000 };
        for (now, due) in [(8_199, false), (8_200, true), (9_999, true), (10_000, false)] {
            assert_eq!(is_due(&token, now), due, "at {now}");
        }
    }
}
