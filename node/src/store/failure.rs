//! The one thing that ends a store.

use std::sync::Arc;

use tokio::sync::watch;

use super::StoreError;

/// The first failure, seen from every thread at once.
#[derive(Debug)]
pub(super) struct Failure(watch::Sender<Option<Arc<StoreError>>>);

impl Failure {
    pub(super) fn none() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Remembers `error`, unless something failed before.
    pub(super) fn set(&self, error: StoreError) -> Arc<StoreError> {
        let error = Arc::new(error);
        self.0.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert_with(|| Arc::clone(&error));
            is_first
        });
        error
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits for the first failure, perhaps for ever.
    pub(super) async fn first(&self) -> Arc<StoreError> {
        let mut failure = self.0.subscribe();
        let first = failure.wait_for(Option::is_some).await.map(|error| error.clone());
        match first {
            Ok(Some(error)) => error,
            // The sender outlives this call.
            _ => std::future::pending().await,
        }
    }
}
