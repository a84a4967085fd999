//! What the filter counts.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Counts between two flushes: a request adds one here, in the VM's own memory, and the
/// tick hands the sums to Envoy, since each call out of the VM costs.
#[derive(Debug, Default)]
pub struct Tally {
    lookups: Cell<u64>,
    no_view: Cell<u64>,
    bad_keys: RefCell<BTreeMap<&'static str, u64>>,
}

impl Tally {
    /// A key was looked up.
    pub(crate) fn lookup(&self) {
        self.lookups.set(self.lookups.get() + 1);
    }

    /// A key was to be looked up, but there is no view.
    pub(crate) fn no_view(&self) {
        self.no_view.set(self.no_view.get() + 1);
    }

    /// A target was refused with this code.
    pub(crate) fn bad_key(&self, code: &'static str) {
        *self.bad_keys.borrow_mut().entry(code).or_default() += 1;
    }

    /// The lookups since the last call.
    #[must_use]
    pub fn take_lookups(&self) -> u64 {
        self.lookups.take()
    }

    /// The keys that met no view since the last call.
    #[must_use]
    pub fn take_no_view(&self) -> u64 {
        self.no_view.take()
    }

    /// The refusals since the last call, by code.
    #[must_use]
    pub fn take_bad_keys(&self) -> BTreeMap<&'static str, u64> {
        self.bad_keys.take()
    }
}
