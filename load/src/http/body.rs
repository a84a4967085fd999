//! Where a body ends.

use super::{CallError, Sink};

/// How much of a body is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes.
    Length(u64),
    /// Chunks, and where in one it is.
    Chunks(Chunk),
    /// All until the connection ends.
    UntilClose,
}

/// Where in a chunked body (RFC 9112 §7.1) it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In the digits of a size, so far this.
    Size(u64),
    /// Behind them, so that the line's end comes next, or an extension that nobody reads.
    Extension(u64),
    /// In the bytes, of which so many are left.
    Bytes(u64),
    /// At the line's end behind them.
    AfterBytes,
    /// In the trailer: in a line that has so far so many bytes.
    Trailer(u64),
    /// Behind all.
    Done,
}

impl Body {
    pub(super) const CHUNKED: Self = Self::Chunks(Chunk::Size(0));

    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunks(Chunk::Done))
    }

    /// Whether it may end where the connection does.
    pub(super) fn may_end(self) -> bool {
        self.is_done() || self == Self::UntilClose
    }

    /// Takes what has come, and gives what of it is the body's to `sink`. Returns the number of
    /// those bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) -> Result<u64, CallError> {
        let mut taken = 0;
        while !bytes.is_empty() {
            let left = match self {
                Self::UntilClose => u64::MAX,
                Self::Length(left) | Self::Chunks(Chunk::Bytes(left)) => *left,
                Self::Chunks(chunk) => {
                    let Some((first, rest)) = bytes.split_first() else { break };
                    *chunk = chunk.after(*first)?;
                    bytes = rest;
                    continue;
                }
            };
            if left == 0 {
                return Err(CallError::Malformed("it goes on behind its end"));
            }
            let fits = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let (body, rest) = bytes.split_at(fits);
            sink.take(body);
            taken += fits as u64;
            bytes = rest;
            let left = left - fits as u64;
            match self {
                Self::Length(length) => *length = left,
                Self::Chunks(chunk) => {
                    *chunk = if left == 0 { Chunk::AfterBytes } else { Chunk::Bytes(left) }
                }
                Self::UntilClose => {}
            }
        }
        Ok(taken)
    }
}

impl Chunk {
    fn after(self, byte: u8) -> Result<Self, CallError> {
        const BAD: CallError = CallError::Malformed("its chunks");
        Ok(match (self, byte) {
            (Self::Size(size) | Self::Extension(size), b'\n') => {
                if size == 0 {
                    Self::Trailer(0)
                } else {
                    Self::Bytes(size)
                }
            }
            (Self::Size(size), _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let size = size.checked_mul(16).ok_or(BAD)?;
                Self::Size(size + u64::from(digit))
            }
            (Self::Size(size), b'\r' | b';' | b' ' | b'\t') | (Self::Extension(size), _) => {
                Self::Extension(size)
            }
            (Self::AfterBytes, b'\r') => Self::AfterBytes,
            (Self::AfterBytes, b'\n') => Self::Size(0),
            (Self::Trailer(0), b'\n') => Self::Done,
            (Self::Trailer(_), b'\n') => Self::Trailer(0),
            (Self::Trailer(length), b'\r') => Self::Trailer(length),
            (Self::Trailer(length), _) => Self::Trailer(length + 1),
            (Self::Size(_) | Self::AfterBytes | Self::Bytes(_) | Self::Done, _) => return Err(BAD),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut body: Body, pieces: &[&[u8]]) -> Result<(Vec<u8>, Body), CallError> {
        let mut read = Vec::new();
        for piece in pieces {
            body.take(piece, &mut Sink::Collect(&mut read))?;
        }
        Ok((read, body))
    }

    #[test]
    fn chunks_are_put_together_wherever_they_are_cut() {
        let text = b"4;a=b\r\nWiki\r\n6\r\npedia \r\n0\r\nx: y\r\n\r\n";
        for cut in 0..=text.len() {
            let (one, other) = text.split_at(cut);
            let (read, body) = read(Body::CHUNKED, &[one, other]).unwrap();
            assert_eq!((read.as_slice(), body.is_done()), (&b"Wikipedia "[..], true), "{cut}");
        }
    }

    #[test]
    fn a_length_is_kept_to() {
        let (text, body) = read(Body::Length(5), &[b"ab", b"c"]).unwrap();
        assert_eq!((text.as_slice(), body), (&b"abc"[..], Body::Length(2)));
        assert!(read(Body::Length(5), &[b"abcdef"]).is_err(), "more than was announced");
    }

    #[test]
    fn what_are_no_chunks_is_an_error() {
        for bad in [&b"x\r\n"[..], b"4\r\nWikix", b"0\r\n\r\nmore", b"11111111111111111\r\n"] {
            assert!(read(Body::CHUNKED, &[bad]).is_err(), "{bad:?}");
        }
    }
}
