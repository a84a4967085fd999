//! A connection to another node, or to a stranger, as frames.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::{Encoder, LengthDelimitedCodec};

use super::PeerRefusal;
use super::frame_reader::FrameReader;
use super::greeter::GreetError;

/// The longest frame before both have greeted. A greeting has at most 500 bytes.
const GREETING_BYTES_MAX: usize = 1024;

/// Both directions of a connection.
pub(super) struct Connection {
    pub(super) frames: FrameReader<OwnedReadHalf>,
    pub(super) out: OwnedWriteHalf,
}

impl Connection {
    /// One that begins: no frame may be longer than a greeting.
    pub(super) fn begin(stream: TcpStream) -> io::Result<Self> {
        // Messages are written whole, and waiting to fill a packet only delays them.
        stream.set_nodelay(true)?;
        let (read, out) = stream.into_split();
        Ok(Self { frames: FrameReader::new(read, GREETING_BYTES_MAX), out })
    }

    /// Sends `parts` as one frame.
    pub(super) async fn send(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let mut frame = BytesMut::new();
        LengthDelimitedCodec::new().encode(Bytes::from(parts.concat()), &mut frame)?;
        self.out.write_all_buf(&mut frame).await
    }

    /// The next frame.
    pub(super) async fn next(&mut self) -> Result<BytesMut, GreetError> {
        loop {
            // A stranger that speaks something else seems to announce a very long frame.
            if let Some(frame) = self.frames.take().map_err(|_| PeerRefusal::Garbage)? {
                return Ok(frame);
            }
            if self.frames.fill().await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}
