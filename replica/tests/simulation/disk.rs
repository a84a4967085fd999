//! A disk: a log of checksummed records, of which a crash keeps the synced part and any
//! part of the rest.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use ringway_replica::{Head, PartitionState, Record, Records, Replaced, Ticket, Write};
use ringway_ring::{Key, Partition};

use crate::random::Random;

/// What is stored, as a log and as maps of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    log: Vec<u8>,
    synced_length: usize,
    /// What a crash would leave for certain.
    pub synced: Content,
    /// What was written, synced or not.
    written: Content,
    unsynced: VecDeque<(Ticket, usize, Vec<Write>)>,
    pub shows_unsynced: bool,
    /// How many records were read with their values.
    pub values_read: Cell<usize>,
}

/// What a log says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub states: BTreeMap<Partition, PartitionState>,
    pub records: BTreeMap<(Partition, Key<'static>), Record>,
}

impl Content {
    pub(crate) fn apply(&mut self, write: &Write) {
        match write.clone() {
            Write::Record { partition, key, record, replaced } => {
                let place = (partition, key);
                let previous = match record {
                    Some(record) => self.records.insert(place, record),
                    None => self.records.remove(&place),
                };
                if let Replaced::Known(known) = replaced {
                    assert_eq!(known, previous.as_ref().map(Head::of), "what a store replaces");
                }
            }
            Write::State { partition, state } => {
                self.states.insert(partition, state);
            }
        }
    }
}

impl Disk {
    /// With nothing on it.
    pub(crate) fn new(shows_unsynced: bool) -> Self {
        Self { shows_unsynced, ..Self::default() }
    }

    /// Appends to the log, without a sync.
    pub(crate) fn write(&mut self, ticket: Ticket, writes: Vec<Write>) {
        let payload = postcard::to_allocvec(&writes).unwrap();
        self.log.extend((payload.len() as u32).to_le_bytes());
        self.log.extend(checksum(&payload).to_le_bytes());
        self.log.extend(payload);
        for write in &writes {
            self.written.apply(write);
        }
        self.unsynced.push_back((ticket, self.log.len(), writes));
    }

    /// Syncs the log up to `ticket`; tells what became durable, for the caller to apply.
    pub(crate) fn sync(&mut self, ticket: Ticket) -> Vec<Write> {
        let mut synced = Vec::new();
        while let Some((_, length, writes)) =
            self.unsynced.pop_front_if(|(other, ..)| *other <= ticket)
        {
            self.synced_length = length;
            synced.extend(writes);
        }
        synced
    }

    /// Power is lost: the log ends somewhere after its synced part. Tells what survived of
    /// the rest, for the caller to apply.
    pub(crate) fn crash(&mut self, random: &mut Random) -> Vec<Write> {
        let rest = self.log.len() - self.synced_length;
        self.cut(random.below(rest as u64 + 1) as usize)
    }

    /// As [`crash`](Self::crash), with `kept` bytes of what was not synced.
    pub(crate) fn cut(&mut self, kept: usize) -> Vec<Write> {
        self.log.truncate(self.synced_length + kept);
        self.unsynced.clear();
        let mut survived = Vec::new();
        let mut at = self.synced_length;
        while let Some((writes, end)) = read_frame(&self.log, at) {
            survived.extend(writes);
            at = end;
        }
        self.log.truncate(at);
        self.synced_length = at;
        survived
    }

    /// After a crash, and once what survived it is applied.
    pub(crate) fn forget_unsynced(&mut self) {
        self.written = self.synced.clone();
    }

    fn visible(&self) -> &Content {
        if self.shows_unsynced { &self.written } else { &self.synced }
    }
}

/// The frame that begins at `at`, and where it ends; none if it is torn.
fn read_frame(log: &[u8], at: usize) -> Option<(Vec<Write>, usize)> {
    let length = u32::from_le_bytes(log.get(at..at + 4)?.try_into().ok()?) as usize;
    let expected = u64::from_le_bytes(log.get(at + 4..at + 12)?.try_into().ok()?);
    let payload = log.get(at + 12..at + 12 + length)?;
    let writes = postcard::from_bytes(payload).ok()?;
    (checksum(payload) == expected).then_some((writes, at + 12 + length))
}

fn checksum(payload: &[u8]) -> u64 {
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    payload.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

impl Records for Disk {
    fn state(&self, partition: Partition) -> Option<PartitionState> {
        self.visible().states.get(&partition).copied()
    }

    fn get(&self, partition: Partition, key: &Key<'_>) -> Option<Record> {
        self.values_read.set(self.values_read.get() + 1);
        self.visible().records.get(&(partition, key.clone().into_owned())).cloned()
    }

    fn head(&self, partition: Partition, key: &Key<'_>) -> Option<Head> {
        self.visible().records.get(&(partition, key.clone().into_owned())).map(Head::of)
    }

    fn scan(
        &self,
        partition: Partition,
        after: Option<&Key<'_>>,
        limit: usize,
    ) -> Vec<(Key<'static>, Head)> {
        let records = self.visible().records.iter();
        let here = records.filter(|((other, key), _)| {
            *other == partition && after.is_none_or(|after| key.as_str() > after.as_str())
        });
        here.take(limit).map(|((_, key), record)| (key.clone(), Head::of(record))).collect()
    }
}
