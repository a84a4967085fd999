//! What can be asked of a store.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use ringway_ring::{Key, encode_path};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client_error::ClientError;
use crate::consistency::Consistency;
use crate::endpoint::Reach;
use crate::http_client::{Answer, Effect, HttpClient};
use crate::page::Page;
use crate::put_condition::{MatchArg, PutCondition};
use crate::repr_digest::ReprDigest;
use crate::stored_value::StoredValue;
use crate::transfer_bar::TransferBar;
use crate::ttl::Ttl;

/// The most that nodes put on a page.
const PAGE_KEYS: u16 = 1000;

/// The store behind one endpoint.
#[derive(Clone)]
pub(crate) struct Api {
    http: HttpClient,
}

/// What is to be stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewValue {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) ttl: Option<Ttl>,
    pub(crate) condition: PutCondition,
}

/// What a write has come to.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Written {
    /// Of what.
    pub(crate) key: String,
    /// The version that it has now, or of its deletion.
    pub(crate) version: String,
}

impl Api {
    pub(crate) fn of_user(reach: Reach) -> Result<Self, ClientError> {
        Ok(Self { http: HttpClient::of_user(reach)? })
    }

    /// This, where `bar` shows how far values are that are written or read.
    pub(crate) fn shown_by(self, bar: &TransferBar) -> Self {
        Self { http: self.http.metered(bar.meter()) }
    }

    /// Stores `value`, and tells whether nothing was stored under `key` before.
    pub(crate) async fn put(
        &self,
        key: &Key<'_>,
        value: NewValue,
    ) -> Result<(Written, bool), ClientError> {
        let NewValue { bytes, content_type, ttl, condition } = value;
        let ttl = ttl.map_or(String::new(), |ttl| format!("?ttl={}", ttl.seconds()));
        // What comes over otherwise is refused, not stored.
        let digest = ReprDigest::of(&bytes);
        let mut request = self.http.request(Method::PUT, &(path(key) + &ttl), bytes);
        let content_type = content_type.map(|it| (CONTENT_TYPE, it));
        request.headers_mut().extend([content_type, condition.header()].into_iter().flatten());
        request.headers_mut().insert(ReprDigest::HEADER, digest.header_value());
        let answer = self.http.ask(request, key.as_str(), Effect::Writes).await?;
        Ok((self.http.read(&answer.body)?, answer.status == StatusCode::CREATED))
    }

    /// What is stored under `key`.
    pub(crate) async fn get(
        &self,
        key: &Key<'_>,
        consistency: Consistency,
    ) -> Result<StoredValue, ClientError> {
        let path = path(key) + consistency.query();
        let mut request = self.http.request(Method::GET, &path, Bytes::new());
        request.headers_mut().insert(ReprDigest::WANT_HEADER, ReprDigest::WANTED);
        let Answer { headers, body, .. } =
            self.http.ask(request, key.as_str(), Effect::Reads).await?;
        if self.digest(&headers)? != ReprDigest::of(&body) {
            return Err(ClientError::Damaged { key: key.as_str().to_owned() });
        }
        StoredValue::read(&headers, body)
            .ok_or_else(|| self.http.stranger("its answer has no version"))
    }

    /// The digest of what is stored under `key`; nothing where nothing is.
    pub(crate) async fn digest_of(&self, key: &Key<'_>) -> Result<Option<ReprDigest>, ClientError> {
        let mut request = self.http.request(Method::HEAD, &path(key), Bytes::new());
        request.headers_mut().insert(ReprDigest::WANT_HEADER, ReprDigest::WANTED);
        match self.http.ask(request, key.as_str(), Effect::Reads).await {
            Ok(answer) => self.digest(&answer.headers).map(Some),
            Err(ClientError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn digest(&self, headers: &HeaderMap) -> Result<ReprDigest, ClientError> {
        let digest = ReprDigest::read(headers).ok().flatten();
        digest.ok_or_else(|| self.http.stranger("its answer has no checksum"))
    }

    /// Deletes what is stored under `key`.
    pub(crate) async fn delete(
        &self,
        key: &Key<'_>,
        condition: &MatchArg,
    ) -> Result<Written, ClientError> {
        let mut request = self.http.request(Method::DELETE, &path(key), Bytes::new());
        request.headers_mut().extend(condition.header());
        self.http.read(&self.http.ask(request, key.as_str(), Effect::Writes).await?.body)
    }

    /// The keys after `after` that begin with `prefix`; not all of them, if there are many.
    pub(crate) async fn page(&self, prefix: &str, after: &str) -> Result<Page, ClientError> {
        let (prefix, after) = (encode_path(prefix), encode_path(after));
        let path = format!("/kv?prefix={prefix}&after={after}&limit={PAGE_KEYS}");
        let request = self.http.request(Method::GET, &path, Bytes::new());
        self.http.read(&self.http.ask(request, "", Effect::Reads).await?.body)
    }

    /// Where `key` lies, and who would serve it.
    pub(crate) async fn explain(&self, key: &Key<'_>) -> Result<Value, ClientError> {
        let path = format!("/explain/{}", encode_path(key.as_str()));
        let request = self.http.request(Method::GET, &path, Bytes::new());
        self.http.read(&self.http.ask(request, key.as_str(), Effect::Reads).await?.body)
    }
}

fn path(key: &Key<'_>) -> String {
    format!("/kv/{}", encode_path(key.as_str()))
}
