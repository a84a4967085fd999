//! The decision: which way a request goes, by the view that is held.

use ringway_ring::{Epoch, Key, RequestTarget, View, ViewError};
use thiserror::Error;

use crate::{Reply, Route, RouteTable, SharedView, Tally};

/// Holds the newest view and routes by it.
#[derive(Debug, Default)]
pub struct Router {
    held: Option<Held>,
    tally: Tally,
}

#[derive(Debug)]
struct Held {
    etag: String,
    table: RouteTable,
}

impl Router {
    /// Where the request for `target` goes. `method` is asked for only where the answer
    /// depends on it, since asking Envoy costs something.
    #[must_use]
    pub fn route(&self, target: &[u8], method: impl FnOnce() -> Option<Vec<u8>>) -> Route<'_> {
        match RequestTarget::parse(target) {
            Ok(RequestTarget::Key(key)) => self.of_key(&key),
            Ok(RequestTarget::MapRequest(id)) => {
                if !matches!(method().as_deref(), Some(b"GET" | b"HEAD")) {
                    return Route::Reply(Reply::only_reads());
                }
                match self.routing_of(&id.key()) {
                    Some(routing) => Route::Reply(Reply::mapped(id, &routing.first)),
                    None => Route::Anywhere,
                }
            }
            Ok(RequestTarget::Unkeyed) => Route::Anywhere,
            Err(error) => {
                self.tally.bad_key(error.code());
                Route::Reply(Reply::refused(&error))
            }
        }
    }

    fn of_key(&self, key: &Key<'_>) -> Route<'_> {
        self.routing_of(key)
            .map_or(Route::Anywhere, |routing| Route::Listed(routing.header.as_str()))
    }

    fn routing_of(&self, key: &Key<'_>) -> Option<&crate::Routing> {
        let routing = self.held.as_ref().and_then(|held| held.table.routing(key.position()));
        if routing.is_some() {
            self.tally.lookup();
        } else {
            self.tally.no_view();
        }
        routing
    }

    /// Takes the view that a node published under `etag`, unless the one that is held
    /// is newer.
    ///
    /// An equal epoch with another ETag is taken: that is the same state as a node of another
    /// version words it, and the node that is asked now is the one to go by.
    ///
    /// # Errors
    /// When `json` is no view, or one of a lower epoch. What is held stays.
    pub fn offer(&mut self, etag: &str, json: &[u8]) -> Result<Offer, Refusal> {
        if self.etag() == Some(etag) {
            return Ok(Offer::Known);
        }
        let view = View::from_json(json)?;
        let offered = view.epoch();
        if let Some(held) = self.epoch().filter(|&held| offered < held) {
            return Err(Refusal::Older { offered, held });
        }
        let advanced = self.epoch() < Some(offered);
        self.held = Some(Held { etag: etag.to_owned(), table: RouteTable::new(&view) });
        Ok(if advanced { Offer::Advanced } else { Offer::Replaced })
    }

    /// As [`Router::offer`], from what another VM has kept.
    ///
    /// # Errors
    /// As [`Router::offer`].
    pub fn restore(&mut self, shared: &SharedView<'_>) -> Result<Offer, Refusal> {
        self.offer(shared.etag, shared.json)
    }

    /// The epoch of the view that is held.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.held.as_ref().map(|held| held.table.epoch())
    }

    /// The ETag of the view that is held, as it was offered.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.held.as_ref().map(|held| held.etag.as_str())
    }

    /// What was counted since it was last taken.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// What became of a view that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is the one that is held already.
    Known,
    /// It is held now; its epoch is higher than before.
    Advanced,
    /// It is held now; its epoch is the same as before.
    Replaced,
}

/// Why a view that was offered is not taken. What was held still is.
#[derive(Debug, Error)]
pub enum Refusal {
    /// It can't be read.
    #[error(transparent)]
    NotAView(#[from] ViewError),
    /// It is of the past.
    #[error("the view is of epoch {offered}; epoch {held} is known")]
    Older {
        /// Its epoch.
        offered: Epoch,
        /// The epoch of the view that is held.
        held: Epoch,
    },
}
