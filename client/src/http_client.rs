//! Requests to one endpoint, and whole answers.
//!
//! Not by a client that reads URLs as browsers do: those tidy `a/../b` away, which is a key.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use crate::client_error::ClientError;
use crate::endpoint::Endpoint;

const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Above what a node takes to do anything, and for how long an answer may stop in the middle.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bodies go at least as fast as this, or they are given up.
const BYTES_PER_SECOND_MIN: u64 = 32 << 10;
/// Shorter than any server keeps a connection: a request sent into one that is just being
/// closed is a write of which nobody knows.
const IDLE: Duration = Duration::from_secs(4);
/// No value is as long. What answers with more is no node.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// Requests to one endpoint, and whole answers.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: Client<HttpConnector, Full<Bytes>>,
    endpoint: Endpoint,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a request does where it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing is changed by it.
    Reads,
    /// Something may be.
    Writes,
}

impl HttpClient {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_PATIENCE));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Self { client, endpoint }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What the endpoint answers.
    ///
    /// # Errors
    /// When it doesn't, or not all of it.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        effect: Effect,
    ) -> Result<Answer, ClientError> {
        let length = request.body().size_hint().lower();
        let patience = PATIENCE + Duration::from_secs(length / BYTES_PER_SECOND_MIN);
        let url = || self.endpoint.to_string();
        let answer = match timeout(patience, self.client.request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => {
                return Err(ClientError::NoAnswer { url: url(), why: innermost(&error) });
            }
            Ok(Err(error)) => return Err(self.broken_off(effect, innermost(&error))),
            Err(_elapsed) => return Err(self.broken_off(effect, silence(patience))),
        };
        let (head, body) = answer.into_parts();
        let body = self.whole(body, effect).await?;
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn whole(&self, mut body: Incoming, effect: Effect) -> Result<Bytes, ClientError> {
        let mut whole = BytesMut::new();
        loop {
            let frame = match timeout(PATIENCE, body.frame()).await {
                Ok(None) => return Ok(whole.freeze()),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(self.broken_off(effect, innermost(&error))),
                Err(_elapsed) => return Err(self.broken_off(effect, silence(PATIENCE))),
            };
            whole.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            if whole.len() > ANSWER_BYTES_MAX {
                let what = format!("its answer is longer than {ANSWER_BYTES_MAX} bytes");
                return Err(ClientError::Stranger { url: self.endpoint.to_string(), what });
            }
        }
    }

    fn broken_off(&self, effect: Effect, why: String) -> ClientError {
        let url = self.endpoint.to_string();
        match effect {
            Effect::Reads => ClientError::ReadBrokenOff { url, why },
            Effect::Writes => ClientError::WriteBrokenOff { url, why },
        }
    }
}

fn silence(patience: Duration) -> String {
    format!("nothing came for {} seconds", patience.as_secs())
}

/// The cause of all causes, which is the one that says something.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
