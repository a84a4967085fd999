//! What the protocol remembers of a partition, as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the format, 3 |
//! | 20 | the promised ballot: configuration 8, round 8, node 4 |
//! | 28 | the floor: a ballot, and its sequence 8 |
//! | 8 | the epoch since which the partition is held |
//!
//! All numbers are little-endian.

use bytes::{Buf, BufMut, Bytes};
use ringway_replica::PartitionState;
use ringway_ring::Epoch;

use super::format_error::FormatError;
use super::version_bytes::{
    BALLOT_BYTES, VERSION_BYTES, put_ballot, put_version, take_ballot, take_version,
};

const FORMAT: u8 = 3;

const EPOCH_BYTES: usize = 8;

pub(super) fn encode(state: &PartitionState) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + BALLOT_BYTES + VERSION_BYTES + EPOCH_BYTES);
    bytes.put_u8(FORMAT);
    put_ballot(&mut bytes, state.promised);
    put_version(&mut bytes, state.floor);
    bytes.put_u64_le(state.since.get());
    bytes
}

pub(super) fn decode(bytes: Bytes) -> Result<PartitionState, FormatError> {
    let length = bytes.len();
    take(bytes).ok_or(FormatError { what: "state of a partition", length })
}

fn take(mut bytes: Bytes) -> Option<PartitionState> {
    let format = bytes.try_get_u8().ok()?;
    let promised = take_ballot(&mut bytes)?;
    let floor = take_version(&mut bytes)?;
    let since = Epoch::new(bytes.try_get_u64_le().ok()?);
    (format == FORMAT && bytes.is_empty()).then_some(PartitionState { promised, floor, since })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ringway_replica::{Ballot, NodeNumber, Version};

    use super::*;

    fn ballot() -> impl Strategy<Value = Ballot> {
        any::<(u64, u64, u32)>().prop_map(|(configuration, round, node)| Ballot {
            configuration: Epoch::new(configuration),
            round,
            node: NodeNumber::new(node),
        })
    }

    proptest! {
        #[test]
        fn a_state_is_read_as_it_was_written(
            promised in ballot(), ballot in ballot(), sequence in any::<u64>(), since in any::<u64>(),
        ) {
            let (floor, since) = (Version { ballot, sequence }, Epoch::new(since));
            let state = PartitionState { promised, floor, since };
            prop_assert_eq!(decode(encode(&state).into()), Ok(state));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode(bytes.into());
        }
    }
}
