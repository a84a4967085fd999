//! What becomes of an answer's body.

/// What becomes of an answer's body.
#[derive(Debug)]
pub(crate) enum Sink<'a> {
    /// Only its length counts.
    Discard,
    /// It has to be this; what is left of it, or nothing once something differed.
    Compare(Option<&'a [u8]>),
    /// It is wanted.
    Collect(&'a mut Vec<u8>),
}

impl Sink<'_> {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Discard => {}
            Self::Compare(expected) => {
                *expected = expected.and_then(|expected| expected.strip_prefix(bytes));
            }
            Self::Collect(body) => body.extend_from_slice(bytes),
        }
    }

    /// Whether all that was expected came, and nothing else.
    pub(crate) fn is_as_expected(&self) -> bool {
        !matches!(self, Self::Compare(left) if *left != Some(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_as_expected_in_whichever_pieces_it_comes() {
        let check = |pieces: &[&[u8]]| {
            let mut sink = Sink::Compare(Some(b"hello"));
            for piece in pieces {
                sink.take(piece);
            }
            sink.is_as_expected()
        };
        assert!(check(&[b"hello"]) && check(&[b"he", b"", b"llo"]));
        for wrong in [&[b"hell".as_slice()][..], &[b"hello!"], &[b"hexlo"], &[b"x", b"hello"], &[]]
        {
            assert!(!check(wrong), "{wrong:?}");
        }
    }
}
