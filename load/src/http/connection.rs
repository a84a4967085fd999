//! One connection, one request at a time.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::response_head::ResponseHead;
use super::{Answer, CallError, NodeTable, Sink};

/// One connection, one request at a time.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// Kept from request to request; never larger than it was made.
    received: Vec<u8>,
    /// It can't be used again.
    pub(super) spent: bool,
}

impl Connection {
    /// Room for a head, and for all of most answers.
    const BUFFER: usize = 64 << 10;

    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(Self::BUFFER), spent: false })
    }

    /// Sends `request` and reads its answer. After an error, or if it is given up, it is spent.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        nodes: &NodeTable,
        sink: &mut Sink<'_>,
    ) -> Result<Answer, CallError> {
        self.spent = true;
        self.received.clear();
        self.stream.write_all(request).await.map_err(CallError::Broken)?;
        let mut head = self.head(nodes).await?;
        // What says only that an answer will come is passed over.
        while head.status < 200 {
            self.received.drain(..head.bytes);
            head = self.head(nodes).await?;
        }
        let first = self.received.get(head.bytes..).unwrap_or_default();
        let mut bytes = head.body.take(first, sink)?;
        while !head.body.is_done() {
            self.received.clear();
            if self.receive().await? == 0 {
                if head.body.may_end() {
                    break;
                }
                return Err(CallError::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
            bytes += head.body.take(&self.received, sink)?;
        }
        self.spent = head.last;
        let ResponseHead { status, node, epoch, applied, .. } = head;
        Ok(Answer { status, node, epoch, applied, bytes })
    }

    async fn head(&mut self, nodes: &NodeTable) -> Result<ResponseHead, CallError> {
        loop {
            if !self.received.is_empty()
                && let Some(head) = ResponseHead::parse(&self.received, nodes)?
            {
                return Ok(head);
            }
            if self.received.len() == Self::BUFFER {
                return Err(CallError::Malformed("its head is too large"));
            }
            if self.receive().await? == 0 {
                return Err(CallError::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    async fn receive(&mut self) -> Result<usize, CallError> {
        self.stream.read_buf(&mut self.received).await.map_err(CallError::Broken)
    }
}
