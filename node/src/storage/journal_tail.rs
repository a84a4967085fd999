//! Where the whole writes of an engine's journal end.
//!
//! A crash can leave the last batch half on disk. The engine drops one that breaks off,
//! but refuses to open where the batch has all its bytes and some are wrong, which is
//! what a loss of power leaves when the blocks of one write reach the disk out of order.
//! So the tail is looked at, and cut, before the engine sees it.
//!
//! The format is fjall's (`journal/entry.rs`), whose version is pinned exactly:
//!
//! | entry | bytes |
//! | --- | --- |
//! | start | 1, number of items `u32`, sequence number `u64` |
//! | item | 2, value type `u8`, compression `u8`, keyspace `u64`, key length `u16`, value length `u32`, length on disk `u32`, key, value |
//! | clear | 4, keyspace `u64` |
//! | end | 3, XXH3 of all items `u64`, `FJL` 3 |
//!
//! All numbers are little-endian.

use twox_hash::XxHash3_64;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: &[u8] = b"FJL\x03";

/// What a journal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JournalTail {
    /// The length of the whole batches at its beginning.
    pub(super) whole_bytes: usize,
    /// Whether anything but zeros, which the engine preallocates, follows them.
    pub(super) is_torn: bool,
    /// Where a whole batch follows what is torn. A crash doesn't do that to writes that
    /// were synced one after the other.
    pub(super) later_batch: Option<usize>,
}

impl JournalTail {
    /// Looks at a whole journal.
    pub(super) fn of(journal: &[u8]) -> Self {
        let mut whole_bytes = 0;
        while let Some(length) = batch_length(journal.get(whole_bytes..).unwrap_or_default()) {
            whole_bytes += length;
        }
        let tail = journal.get(whole_bytes..).unwrap_or_default();
        let later_batch = (1..tail.len())
            .filter(|&at| tail.get(at) == Some(&START))
            .find(|&at| tail.get(at..).and_then(batch_length).is_some())
            .map(|at| whole_bytes + at);
        Self { whole_bytes, is_torn: tail.iter().any(|&byte| byte != 0), later_batch }
    }
}

/// The length of the whole batch at the beginning of `bytes`, if there is one.
fn batch_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = Reader(bytes);
    if rest.u8()? != START {
        return None;
    }
    let items = rest.u32()?;
    let _sequence_number = rest.u64()?;
    let content = rest.0;
    for _ in 0..items {
        rest.skip_item()?;
    }
    let content = content.get(..content.len() - rest.0.len())?;
    if rest.u8()? != END || rest.u64()? != XxHash3_64::oneshot(content) {
        return None;
    }
    (rest.take(TRAILER.len())? == TRAILER).then(|| bytes.len() - rest.0.len())
}

/// What of a batch is not read yet.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn skip_item(&mut self) -> Option<()> {
        match self.u8()? {
            CLEAR => self.take(8)?,
            ITEM => {
                self.take(1 + 1 + 8)?;
                let key_length = self.array().map(u16::from_le_bytes)?;
                let _value_length = self.u32()?;
                let on_disk = usize::try_from(self.u32()?).ok()?;
                self.take(usize::from(key_length).checked_add(on_disk)?)?
            }
            _ => return None,
        };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batch(keys: &[&str]) -> Vec<u8> {
        let mut items = Vec::new();
        for key in keys {
            items.extend([ITEM, 0, 0]);
            items.extend(1_u64.to_le_bytes());
            items.extend(u16::try_from(key.len()).unwrap().to_le_bytes());
            items.extend(5_u32.to_le_bytes());
            items.extend(5_u32.to_le_bytes());
            items.extend(key.as_bytes());
            items.extend(b"value");
        }
        let mut bytes = vec![START];
        bytes.extend(u32::try_from(keys.len()).unwrap().to_le_bytes());
        bytes.extend(7_u64.to_le_bytes());
        bytes.extend(&items);
        bytes.push(END);
        bytes.extend(XxHash3_64::oneshot(&items).to_le_bytes());
        bytes.extend(TRAILER);
        bytes
    }

    #[test]
    fn a_clean_journal_ends_where_its_zeros_begin() {
        let whole = [batch(&["a"]), batch(&["b", "c"])].concat();
        let padded = [&whole[..], &[0; 100]].concat();
        for journal in [&whole, &padded] {
            let expected =
                JournalTail { whole_bytes: whole.len(), is_torn: false, later_batch: None };
            assert_eq!(JournalTail::of(journal), expected);
        }
    }

    #[test]
    fn a_torn_last_batch_is_cut_wherever_it_is_torn() {
        let (first, last) = (batch(&["a"]), batch(&["b", "c"]));
        let sequence_number = 5..13;
        for at in (0..last.len()).filter(|at| !sequence_number.contains(at)) {
            let mut flipped = last.clone();
            flipped[at] ^= 0x55;
            let cut = &last[..at];
            for tail in [&flipped[..], cut] {
                let journal = [&first[..], tail, &[0; 9]].concat();
                let found = JournalTail::of(&journal);
                assert_eq!(found.whole_bytes, first.len(), "torn at {at}");
                assert_eq!(found.later_batch, None, "torn at {at}");
                assert_eq!(found.is_torn, at > 0 || tail.len() > at, "torn at {at}");
            }
        }
    }

    #[test]
    fn damage_before_a_whole_batch_is_told_from_a_torn_tail() {
        let mut journal = [batch(&["a"]), batch(&["b"]), batch(&["c"])].concat();
        let one = batch(&["a"]).len();
        journal[one + 20] ^= 1;
        let expected = JournalTail { whole_bytes: one, is_torn: true, later_batch: Some(2 * one) };
        assert_eq!(JournalTail::of(&journal), expected);
    }

    proptest! {
        #[test]
        fn no_journal_makes_the_reader_panic(bytes in proptest::collection::vec(0..6_u8, 0..300)) {
            let found = JournalTail::of(&bytes);
            prop_assert!(found.whole_bytes <= bytes.len());
        }
    }
}
