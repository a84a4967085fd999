//! Requests to one endpoint, and whole answers.
//!
//! Not by a client that reads URLs as browsers do: those tidy `a/../b` away, which is a key.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::client_error::ClientError;
use crate::endpoint::{Endpoint, Reach};
use crate::refusal::refusal;
use crate::request_body::RequestBody;
use crate::session::Session;
use crate::token_file::StoredToken;
use crate::transfer_bar::Meter;
use crate::trust::disbelief;

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
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, RequestBody>,
    endpoint: Endpoint,
    /// Of what is written or read, where somebody looks on.
    meter: Option<Meter>,
    /// Nothing where nobody has logged in.
    session: Option<Session>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// Of its success, or not.
    pub status: StatusCode,
    /// What it says of itself.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
}

/// What a request does where it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is changed by it.
    Reads,
    /// Something may be.
    Writes,
}

impl HttpClient {
    /// To what answers there. Connections are made when they are needed.
    ///
    /// # Errors
    /// When there are no certificates where they should be.
    pub fn new(Reach { endpoint, trust }: Reach) -> Result<Self, ClientError> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_PATIENCE));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(trust.connector(&endpoint, connector)?);
        Ok(Self { client, endpoint, meter: None, session: None })
    }

    /// The same, as the user who has logged in there, if anybody has.
    ///
    /// # Errors
    /// When the file with the tokens can't be read, or that with certificates.
    pub fn of_user(reach: Reach) -> Result<Self, ClientError> {
        let session = Session::of_user(&reach.endpoint)?;
        Ok(Self { session, ..Self::new(reach)? })
    }

    /// This, of whose requests `meter` tells how far they are.
    pub(crate) fn metered(self, meter: Meter) -> Self {
        Self { meter: Some(meter), ..self }
    }

    /// Who is asked.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A request for `path`, in which everything is escaped that has to be.
    #[must_use]
    pub fn request(&self, method: Method, path: &str, body: Bytes) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::new(body, self.meter.clone()));
        *request.method_mut() = method;
        let uri = format!("{}{path}", self.endpoint).try_into();
        // An endpoint, and what is escaped wherever it could be anything.
        *request.uri_mut() = uri.unwrap_or_else(|error| unreachable!("{error}: {path}"));
        request
    }

    /// What the endpoint answers to `request`, which is about `key`, if about any.
    ///
    /// # Errors
    /// When it doesn't answer, or refuses.
    pub async fn ask(
        &self,
        mut request: Request<RequestBody>,
        key: &str,
        effect: Effect,
    ) -> Result<Answer, ClientError> {
        // Apart: a renewal is seldom, and would make every request's future as large again.
        if let Some(token) = Box::pin(self.token()).await {
            request.headers_mut().extend(bearer(&token).map(|value| (AUTHORIZATION, value)));
        }
        let answer = self.send(request, effect).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refusal(&self.endpoint, &answer, key, effect))
    }

    /// The token that goes along with requests, where somebody has logged in: the next one, where
    /// the one that is kept ends soon.
    pub(crate) async fn token(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        Some(session.token(|token| self.renew(token)).await)
    }

    /// The token after `token`, if there is one.
    async fn renew(&self, token: String) -> Option<StoredToken> {
        let mut request = self.request(Method::POST, "/login/renew", Bytes::new());
        request.headers_mut().insert(AUTHORIZATION, bearer(&token)?);
        let answer = self.send(request, Effect::Reads).await.ok()?;
        serde_json::from_slice(&answer.body).ok().filter(|_| answer.status.is_success())
    }

    /// A body in JSON.
    ///
    /// # Errors
    /// When it is none, or another.
    pub fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ClientError> {
        serde_json::from_slice(body).map_err(|error| self.stranger(&error.to_string()))
    }

    /// Who answers so is no node.
    #[must_use]
    pub fn stranger(&self, what: &str) -> ClientError {
        ClientError::Stranger { url: self.endpoint.to_string(), what: what.to_owned() }
    }

    async fn send(
        &self,
        request: Request<RequestBody>,
        effect: Effect,
    ) -> Result<Answer, ClientError> {
        let length = request.body().size_hint().lower();
        if effect == Effect::Writes {
            request.body().begins();
        }
        let patience = PATIENCE + Duration::from_secs(length / BYTES_PER_SECOND_MIN);
        let url = || self.endpoint.to_string();
        let answer = match timeout(patience, self.client.request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => {
                if let Some(why) = disbelief(&error) {
                    return Err(ClientError::Disbelieved { url: url(), why });
                }
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
        // What answers a write is a few words.
        let meter = self.meter.as_ref().filter(|_| effect == Effect::Reads);
        if let (Some(meter), Some(bytes)) = (meter, body.size_hint().exact()) {
            meter.begins(bytes);
        }
        loop {
            let frame = match timeout(PATIENCE, body.frame()).await {
                Ok(None) => return Ok(whole.freeze()),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(self.broken_off(effect, innermost(&error))),
                Err(_elapsed) => return Err(self.broken_off(effect, silence(PATIENCE))),
            };
            let data = frame.data_ref().map_or(&[][..], |data| data);
            whole.extend_from_slice(data);
            if let Some(meter) = meter {
                meter.passed(data.len());
            }
            if whole.len() > ANSWER_BYTES_MAX {
                let what = format!("its answer is longer than {ANSWER_BYTES_MAX} bytes");
                return Err(self.stranger(&what));
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

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
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
