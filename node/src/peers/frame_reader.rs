//! From a stream of bytes to frames.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::codec::{Decoder, LengthDelimitedCodec};

/// What one read may bring: hundreds of small messages.
const READ_BYTES: usize = 64 << 10;
/// Below this much room, room is made: a read that fills it would be cut short.
const ROOM_BYTES_MIN: usize = 16 << 10;
/// A buffer that a large message has made larger than this is not kept for the small ones.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Cuts a stream into frames; all that one read brought is taken before the next.
pub(super) struct FrameReader<R> {
    source: R,
    buffer: BytesMut,
    codec: LengthDelimitedCodec,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Refuses frames longer than `frame_bytes_max`.
    pub(super) fn new(source: R, frame_bytes_max: usize) -> Self {
        let mut codec = LengthDelimitedCodec::new();
        codec.set_max_frame_length(frame_bytes_max);
        Self { source, buffer: BytesMut::new(), codec }
    }

    pub(super) fn set_frame_bytes_max(&mut self, bytes: usize) {
        self.codec.set_max_frame_length(bytes);
    }

    /// Reads once, and says how many bytes came; none at the stream's end. Dropped before
    /// it is done, it has read nothing.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        let length = self.buffer.len();
        if length == 0 && self.buffer.capacity() > KEPT_BYTES_MAX {
            self.buffer = BytesMut::new();
        }
        // In the middle of a large frame, for which the codec has made room, more room
        // would cost a copy of all that has come.
        let room = self.buffer.capacity() - length;
        if room == 0 || (room < ROOM_BYTES_MIN && length < READ_BYTES) {
            self.buffer.reserve(READ_BYTES);
        }
        self.source.read_buf(&mut self.buffer).await
    }

    /// The next frame of what has been read, if it is there as a whole.
    ///
    /// # Errors
    /// When it says that it is longer than allowed.
    pub(super) fn take(&mut self) -> Result<Option<BytesMut>, FrameTooLong> {
        self.codec.decode(&mut self.buffer).map_err(|_| FrameTooLong)
    }
}

/// A frame is longer than allowed, by its own word. What follows can't be read either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameTooLong;
