//! The two directions of a connection, in plain or in TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::unconstrained;

/// TLS over a connection of which much is read at once: rustls itself asks for little.
pub(in super::super) type TlsStream = tokio_rustls::TlsStream<BufReader<TcpStream>>;

/// Where a connection is read.
pub(in super::super) enum ReadEnd {
    Plain(OwnedReadHalf),
    Tls(ReadHalf<TlsStream>),
}

/// Where a connection is written.
pub(in super::super) enum WriteEnd {
    Plain(OwnedWriteHalf),
    Tls(WriteHalf<TlsStream>),
}

impl WriteEnd {
    /// Writes as much of `bytes` as there is room for now.
    pub(in super::super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.try_write(bytes),
            // What the system has no room for TLS holds, up to a bound, and brings with the next.
            Self::Tls(out) => unconstrained(out.write(bytes))
                .now_or_never()
                .unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into())),
        }
    }
}

impl AsyncRead for ReadEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(source) => Pin::new(source).poll_read(context, buffer),
            Self::Tls(source) => Pin::new(source).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for WriteEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(out) => Pin::new(out).poll_write(context, bytes),
            Self::Tls(out) => Pin::new(out).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(out) => Pin::new(out).poll_flush(context),
            Self::Tls(out) => Pin::new(out).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(out) => Pin::new(out).poll_shutdown(context),
            Self::Tls(out) => Pin::new(out).poll_shutdown(context),
        }
    }
}
