//! Being asked to end.

use tokio::sync::watch;

/// Says that this node is to end in good order, whoever asked for that: signals come to
/// [`Server::run`](crate::Server::run) by themselves.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    is_asked: watch::Sender<bool>,
}

impl Ending {
    /// The node is to end.
    pub(crate) fn ask(&self) {
        self.is_asked.send_replace(true);
    }

    /// Returns once somebody has asked.
    pub(crate) async fn asked(&self) {
        let mut is_asked = self.is_asked.subscribe();
        // The sender is here, so there is no error.
        let _asked = is_asked.wait_for(|&is_asked| is_asked).await;
    }
}
