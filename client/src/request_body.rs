//! What is sent with a request.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::transfer_bar::Meter;

/// How much is counted at a time.
const PIECE: usize = 64 << 10;

/// What is sent with a request, and counted on its way where somebody looks on.
#[derive(Debug)]
pub struct RequestBody {
    left: Bytes,
    meter: Option<Meter>,
}

impl RequestBody {
    pub(crate) fn new(bytes: Bytes, meter: Option<Meter>) -> Self {
        Self { left: bytes, meter }
    }

    /// Tells whoever looks on how much there is to send.
    pub(crate) fn begins(&self) {
        if let Some(meter) = &self.meter {
            meter.begins(self.left.len() as u64);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = self.left.len();
        if left == 0 {
            return Poll::Ready(None);
        }
        let most = if self.meter.is_some() { PIECE } else { left };
        let piece = self.left.split_to(left.min(most));
        if let Some(meter) = &self.meter {
            meter.passed(piece.len());
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
