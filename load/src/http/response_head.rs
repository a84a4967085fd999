//! What is read of a response's head.

use std::mem::MaybeUninit;

use super::body::Body;
use super::{Applied, CallError, NodeNumber, NodeTable};

/// What is read of a response's head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ResponseHead {
    pub(super) status: u16,
    /// The head's own length.
    pub(super) bytes: usize,
    pub(super) node: Option<NodeNumber>,
    pub(super) epoch: Option<u64>,
    pub(super) applied: Option<Applied>,
    pub(super) body: Body,
    /// The connection ends after it.
    pub(super) last: bool,
}

impl ResponseHead {
    /// More than any node or edge sends.
    const MAX_HEADERS: usize = 64;

    /// `None` while more bytes are needed.
    pub(super) fn parse(bytes: &[u8], nodes: &NodeTable) -> Result<Option<Self>, CallError> {
        let mut headers = [MaybeUninit::uninit(); Self::MAX_HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        );
        let length = match parsed {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(CallError::Malformed("its head is no HTTP/1.1")),
        };
        let status = response.code.unwrap_or_default();
        let mut head = Self {
            status,
            bytes: length,
            node: None,
            epoch: None,
            applied: None,
            body: Body::UntilClose,
            last: response.version == Some(0),
        };
        for header in response.headers.iter() {
            head.note(header, nodes)?;
        }
        if matches!(status, 100..200 | 204 | 304) {
            head.body = Body::Length(0);
        }
        head.last |= head.body == Body::UntilClose;
        Ok(Some(head))
    }

    fn note(&mut self, header: &httparse::Header<'_>, nodes: &NodeTable) -> Result<(), CallError> {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        let text = || std::str::from_utf8(header.value).unwrap_or_default().trim();
        // The length of a name says most: what is left is compared at most twice.
        match header.name.len() {
            10 if is("connection") => self.last |= text().eq_ignore_ascii_case("close"),
            14 if is("content-length") => {
                let length = text().parse();
                let length = length.map_err(|_| CallError::Malformed("its content-length"))?;
                if self.body != Body::CHUNKED {
                    self.body = Body::Length(length);
                }
            }
            14 if is("x-ringway-node") => self.node = nodes.number(header.value),
            15 if is("x-ringway-epoch") => self.epoch = text().parse().ok(),
            17 if is("x-ringway-outcome") => {
                self.applied = match header.value {
                    b"not-applied" => Some(Applied::Not),
                    b"unknown" => Some(Applied::Unknown),
                    _ => None,
                }
            }
            17 if is("transfer-encoding") => self.body = Body::CHUNKED,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_read_whatever_the_case_of_names() {
        let nodes = NodeTable::default();
        let text =
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nX-Ringway-Node: n2\r\n\
            x-ringway-epoch: 77\r\nX-RINGWAY-OUTCOME: not-applied\r\nconnection: Close\r\n\r\nbody";
        let head = ResponseHead::parse(text, &nodes).unwrap().unwrap();
        let expected = ResponseHead {
            status: 503,
            bytes: text.len() - 4,
            node: Some(NodeNumber(0)),
            epoch: Some(77),
            applied: Some(Applied::Not),
            body: Body::Length(12),
            last: true,
        };
        assert_eq!(head, expected);
        assert_eq!(nodes.names(), ["n2".into()]);
    }

    #[test]
    fn a_head_that_is_not_whole_yet_is_waited_for() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n";
        for cut in 0..text.len() {
            let head = ResponseHead::parse(&text[..cut], &NodeTable::default());
            assert!(matches!(head, Ok(None)), "{cut}");
        }
    }

    #[test]
    fn how_a_body_ends_is_read_from_the_head() {
        let body = |head: &str| {
            let head = format!("HTTP/1.1 {head}\r\n\r\n");
            let head = ResponseHead::parse(head.as_bytes(), &NodeTable::default());
            head.unwrap().map(|head| (head.body, head.last)).unwrap()
        };
        assert_eq!(body("200 OK\r\ntransfer-encoding: chunked"), (Body::CHUNKED, false));
        assert_eq!(body("304 Not Modified\r\ncontent-length: 9"), (Body::Length(0), false));
        assert_eq!(body("200 OK"), (Body::UntilClose, true));
    }

    #[test]
    fn what_is_no_http_is_an_error() {
        for bad in [&b"SSH-2.0-OpenSSH\r\n"[..], b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"] {
            assert!(ResponseHead::parse(bad, &NodeTable::default()).is_err());
        }
    }
}
