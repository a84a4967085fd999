//! Asking other nodes, by their client listeners.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use tokio::time::timeout;

use crate::listing::{ListQuery, Page};

/// How long another node may take for a page: far above what a scan costs.
const PATIENCE: Duration = Duration::from_secs(5);
/// A page has at most 1000 keys of at most 1024 bytes, which JSON may write as six each.
const PAGE_BYTES_MAX: usize = 8 << 20;

/// A client of the other nodes, with connections that are kept.
#[derive(Debug)]
pub(crate) struct OtherNodes {
    client: Client<HttpConnector, Empty<Bytes>>,
}

impl OtherNodes {
    pub(crate) fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// The page of the own keys of the node at `address`.
    ///
    /// # Errors
    /// When the node does not answer in time, or with something else.
    pub(crate) async fn page(
        &self,
        address: SocketAddr,
        query: &ListQuery,
    ) -> Result<Page, AskError> {
        let target = format!("http://{address}{}", query.target_for_one_node());
        let ask = async {
            let answer = self.client.get(target.parse::<Uri>()?).await?;
            if answer.status() != StatusCode::OK {
                return Err(AskError::Status(answer.status()));
            }
            let body = Limited::new(answer.into_body(), PAGE_BYTES_MAX).collect().await;
            Ok(serde_json::from_slice(&body.map_err(|error| AskError::body(&*error))?.to_bytes())?)
        };
        timeout(PATIENCE, ask).await.map_err(|_| AskError::Timeout)?
    }
}

/// Why another node gave no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// It was not reached, or closed the connection.
    #[error(transparent)]
    Http(#[from] hyper_util::client::legacy::Error),
    /// It did not answer in time.
    #[error("no answer in {} s", PATIENCE.as_secs())]
    Timeout,
    /// It answered otherwise.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// Its answer broke off.
    #[error("its answer broke off")]
    Incomplete,
    /// Its answer is longer than any page.
    #[error("its answer is longer than any page")]
    TooLong,
    /// Its answer is no page.
    #[error("its answer is no page: {0}")]
    NoPage(#[from] serde_json::Error),
    /// The question can't be written.
    #[error(transparent)]
    Target(#[from] http::uri::InvalidUri),
}

impl AskError {
    fn body(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Self {
        if error.is::<LengthLimitError>() { Self::TooLong } else { Self::Incomplete }
    }
}
