//! A client that keeps its connection as long as it may, and asks a few times a second.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::raw_http::{Answer, Connection};

/// Between two requests of a client: load for minutes leaves room for everything else.
const PACE: Duration = Duration::from_millis(25);

pub(crate) struct Client {
    url: String,
    connection: Option<Connection>,
    bearer: String,
}

impl Client {
    /// One that sends `token` along, to `url`.
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let mut client = Self { url: url.to_owned(), connection: None, bearer: String::new() };
        client.take(token);
        client
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends `token` along from now on.
    pub(crate) fn take(&mut self, token: &str) {
        self.bearer = format!("Bearer {token}");
    }

    /// A connection that breaks ends the test.
    pub(crate) async fn send(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.url).await,
        };
        let headers = [("authorization", self.bearer.as_str())];
        let answer = connection.send(method, target, &headers, body).await;
        // As a worker says that is being replaced.
        if answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        answer
    }
}

/// When the requests of one client begin.
pub(crate) fn pace() -> Interval {
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
