//! An engine in memory, whose commits a test may hold up or let fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{self, Receiver, Sender};

use bytes::Bytes;
use parking_lot::Mutex;

use super::engine::{Change, Engine, EngineError, Entry, Persist, Table};

type Entries = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// An engine in memory.
#[derive(Default)]
pub(super) struct MemoryEngine {
    entries: Mutex<Entries>,
    gate: Option<Mutex<Gate>>,
}

struct Gate {
    begun: Sender<Persist>,
    ends: Receiver<Result<(), &'static str>>,
}

/// The test's side of a gate.
pub(super) struct Gatekeeper {
    /// Tells of each commit that has begun how safe it is to be.
    pub(super) begun: Receiver<Persist>,
    /// Says how it ends.
    pub(super) ends: Sender<Result<(), &'static str>>,
}

impl MemoryEngine {
    /// An engine whose every commit waits until it is told how to end.
    pub(super) fn gated() -> (Self, Gatekeeper) {
        let (tell, begun) = mpsc::channel();
        let (decide, ends) = mpsc::channel();
        let gate = Some(Mutex::new(Gate { begun: tell, ends }));
        (Self { gate, ..Self::default() }, Gatekeeper { begun, ends: decide })
    }
}

impl Engine for MemoryEngine {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        Ok(self.entries.lock().get(&(table, key.to_vec())).cloned().map(Bytes::from))
    }

    fn scan<'e>(
        &'e self,
        table: Table,
        prefix: &[u8],
        first: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, EngineError>> + 'e> {
        let from = (table, prefix.max(first).to_vec());
        let prefix = prefix.to_vec();
        let entries: Vec<_> =
            self.entries.lock().range(from..).map(|(k, v)| (k.clone(), v.clone())).collect();
        let of_table = entries
            .into_iter()
            .filter(move |((found, key), _)| *found == table && key.starts_with(&prefix));
        Box::new(of_table.map(|((_, key), value)| Ok((key.into(), value.into()))))
    }

    fn commit(&self, changes: Vec<Change>, persist: Persist) -> Result<(), EngineError> {
        if let Some(gate) = &self.gate {
            let gate = gate.lock();
            gate.begun.send(persist).expect("the test watches");
            gate.ends.recv().expect("the test decides").map_err(|why| EngineError(why.into()))?;
        }
        let mut entries = self.entries.lock();
        let mut touched = BTreeSet::new();
        for Change { table, key, value } in changes {
            assert!(touched.insert((table, key.clone())), "one change of each entry");
            match value {
                Some(value) => entries.insert((table, key), value),
                None => entries.remove(&(table, key)),
            };
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), EngineError> {
        Ok(())
    }
}
