//! What is asked of a node, or of the edge, about the ring.

use bytes::Bytes;
use http::Method;
use ringway_client::{Effect, HttpClient, Reach};
use ringway_ring::View;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ring_error::RingError;
use crate::agreed::Agreed;
use crate::membership::Change;
use crate::ring_plan::RingPlan;
use crate::ring_status::RingStatus;

/// The ring behind one endpoint.
pub(super) struct Api {
    http: HttpClient,
}

impl Api {
    pub(super) fn of_user(reach: Reach) -> Result<Self, RingError> {
        Ok(Self { http: HttpClient::of_user(reach).map_err(RingError::Client)? })
    }

    /// Who is in the cluster, and how far a change is.
    pub(super) async fn status(&self) -> Result<RingStatus, RingError> {
        let body = self.body(Method::GET, "/ring/status", Bytes::new(), Effect::Reads).await?;
        self.read(&body)
    }

    /// The view.
    pub(super) async fn view(&self) -> Result<View, RingError> {
        let body = self.body(Method::GET, "/ring", Bytes::new(), Effect::Reads).await?;
        let url = || self.http.endpoint().to_string();
        View::from_json(&body).map_err(|source| RingError::View { url: url(), source })
    }

    /// What `change` would do.
    pub(super) async fn plan(&self, change: &Change) -> Result<RingPlan, RingError> {
        let body = json(change);
        let body = self.body(Method::POST, "/ring/plan", body, Effect::Reads).await?;
        self.read(&body)
    }

    /// Has the cluster do what `path` does with `body`.
    pub(super) async fn agree(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Agreed, RingError> {
        let body = self.body(Method::POST, path, json(body), Effect::Writes).await?;
        self.read(&body)
    }

    async fn body(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        effect: Effect,
    ) -> Result<Bytes, RingError> {
        let request = self.http.request(method, path, body);
        Ok(self.http.ask(request, "", effect).await?.body)
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, RingError> {
        Ok(self.http.read(body)?)
    }
}

fn json(value: &impl Serialize) -> Bytes {
    let json = serde_json::to_vec(value);
    json.unwrap_or_else(|error| unreachable!("names and numbers: {error}")).into()
}
