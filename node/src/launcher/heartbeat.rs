//! Whether a node answers.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

/// How often a node that comes up is asked.
const INTERVAL: Duration = Duration::from_millis(50);
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns once the node at `address` answers.
pub(super) async fn answers(address: SocketAddr) {
    while !beats(address).await {
        sleep(INTERVAL).await;
    }
}

async fn beats(address: SocketAddr) -> bool {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    let Ok(client) = client else { return false };
    let answer = client.get(format!("http://{address}/heartbeat")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
