//! A connection to another node, or to a stranger, as frames.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio_util::codec::{Encoder, LengthDelimitedCodec};

use super::PeerRefusal;
use super::frame_reader::FrameReader;
use super::greeter::GreetError;
use super::tls::{ReadEnd, TlsStream, WriteEnd};

/// The longest frame before both have greeted. A greeting has at most 500 bytes.
const GREETING_BYTES_MAX: usize = 1024;

/// Both directions of a connection.
pub(super) struct Connection {
    pub(super) frames: FrameReader<ReadEnd>,
    pub(super) out: WriteEnd,
}

impl Connection {
    /// One in plain, on which greetings come next: no frame may be longer than one.
    pub(super) fn plain(stream: TcpStream) -> Self {
        let (read, out) = stream.into_split();
        Self::new(ReadEnd::Plain(read), WriteEnd::Plain(out))
    }

    /// The same in TLS.
    pub(super) fn tls(stream: TlsStream) -> Self {
        let (read, out) = split(stream);
        Self::new(ReadEnd::Tls(read), WriteEnd::Tls(out))
    }

    fn new(read: ReadEnd, out: WriteEnd) -> Self {
        Self { frames: FrameReader::new(read, GREETING_BYTES_MAX), out }
    }

    /// Sends `parts` as one frame.
    pub(super) async fn send(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let mut frame = BytesMut::new();
        LengthDelimitedCodec::new().encode(Bytes::from(parts.concat()), &mut frame)?;
        self.out.write_all_buf(&mut frame).await?;
        self.out.flush().await
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
