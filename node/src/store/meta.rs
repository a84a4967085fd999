//! What a data directory is, and how often it was opened.

use std::io;

use bytes::{Buf, Bytes};
use ringway_replica::Incarnation;

use super::OpenStoreError;
use super::engine::{Change, Engine, Persist, Table};
use super::totals::Totals;
use crate::disk_id::DiskId;

const FORMAT: u32 = 3;
/// What a directory without an entry for it has, if it isn't empty.
const FIRST_FORMAT: u32 = 1;

const DISK_KEY: &[u8] = b"disk";
const FORMAT_KEY: &[u8] = b"format";
const START_KEY: &[u8] = b"start";
const TOTALS_KEY: &[u8] = b"totals";

/// What a store begins with.
pub(super) struct Meta {
    pub(super) disk: DiskId,
    pub(super) incarnation: Incarnation,
    pub(super) totals: Totals,
}

impl Meta {
    /// Checks that the directory is one for this build, names it where it is new, and counts
    /// this start. The disk has that when this returns, however durable other stores have to
    /// be: two starts with one number could not be told from one.
    pub(super) fn open(engine: &dyn Engine) -> Result<Self, OpenStoreError> {
        let totals = engine.get(Table::Meta, TOTALS_KEY)?;
        let format = number(engine, FORMAT_KEY)?;
        let disk = match format.or(totals.as_ref().map(|_| FIRST_FORMAT)) {
            None => DiskId::random().map_err(io::Error::other)?,
            Some(FORMAT) => disk(engine)?,
            Some(found) => return Err(OpenStoreError::Format { found, read: FORMAT }),
        };
        let totals = match totals {
            None => Totals::default(),
            Some(bytes) => Totals::decode(bytes).ok_or(OpenStoreError::Meta)?,
        };
        let start = match engine.get(Table::Meta, START_KEY)? {
            None => 0,
            Some(mut bytes) => bytes.try_get_u64_le().map_err(|_| OpenStoreError::Meta)?,
        };
        let start = start + 1;
        let changes = vec![
            change(DISK_KEY, disk.bytes().to_vec()),
            change(FORMAT_KEY, FORMAT.to_le_bytes().to_vec()),
            change(START_KEY, start.to_le_bytes().to_vec()),
        ];
        engine.commit(changes, Persist::Disk)?;
        Ok(Self { disk, incarnation: Incarnation::new(start), totals })
    }
}

/// The change that keeps `totals`.
pub(super) fn totals(totals: &Totals) -> Change {
    change(TOTALS_KEY, totals.encode())
}

fn change(key: &[u8], value: Vec<u8>) -> Change {
    Change { table: Table::Meta, key: key.to_vec(), value: Some(value) }
}

fn disk(engine: &dyn Engine) -> Result<DiskId, OpenStoreError> {
    let bytes = engine.get(Table::Meta, DISK_KEY)?.ok_or(OpenStoreError::Meta)?;
    Ok(DiskId::new(bytes[..].try_into().map_err(|_| OpenStoreError::Meta)?))
}

fn number(engine: &dyn Engine, key: &[u8]) -> Result<Option<u32>, OpenStoreError> {
    let number = |mut bytes: Bytes| bytes.try_get_u32_le().map_err(|_| OpenStoreError::Meta);
    engine.get(Table::Meta, key)?.map(number).transpose()
}
