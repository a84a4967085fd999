//! Waiting for a condition, never for time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Between two looks at a condition.
const INTERVAL: Duration = Duration::from_millis(10);

/// Asks `condition` again and again until it says yes, at most for `patience`. Returns
/// whether it did.
pub async fn until(patience: Duration, mut condition: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition().await {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        sleep(INTERVAL).await;
    }
}
