//! The bytes of a request.

use std::io::Write;

use super::BaseUrl;
use crate::workload::KeyName;

/// Writes requests into one buffer that is kept.
#[derive(Debug)]
pub(crate) struct RequestText {
    base: String,
    keys: KeyName,
    /// From behind the target to the end of what all requests have.
    common: Vec<u8>,
    bytes: Vec<u8>,
}

impl RequestText {
    /// Requests to `url`, with `token` where there is one.
    pub(crate) fn new(url: &BaseUrl, token: Option<&str>, keys: KeyName) -> Self {
        let token = token.map_or_else(String::new, |it| format!("authorization: Bearer {it}\r\n"));
        let common = format!(" HTTP/1.1\r\nhost: {}\r\n{token}", url.authority);
        let (base, common) = (url.path.clone(), common.into_bytes());
        Self { base, keys, common, bytes: Vec::with_capacity(2048) }
    }

    pub(crate) fn get(&mut self, key: u64) -> &[u8] {
        self.of_key(b"GET", key);
        self.bytes.extend_from_slice(b"\r\n");
        &self.bytes
    }

    pub(crate) fn delete(&mut self, key: u64) -> &[u8] {
        self.of_key(b"DELETE", key);
        self.bytes.extend_from_slice(b"\r\n");
        &self.bytes
    }

    pub(crate) fn put(&mut self, key: u64, value: &[u8]) -> &[u8] {
        self.of_key(b"PUT", key);
        self.body(value)
    }

    /// The page of a listing that begins with `key`, if that is there, else behind it.
    pub(crate) fn scan(&mut self, key: u64, limit: u64) -> &[u8] {
        self.start(b"GET", "/kv?prefix=");
        self.bytes.extend_from_slice(self.keys.prefix().as_bytes());
        // Writing to a Vec can't fail. `after` is exclusive, so it names what comes before.
        let _ = write!(self.bytes, "&limit={limit}");
        if let Some(before) = key.checked_sub(1) {
            self.bytes.extend_from_slice(b"&after=");
            self.keys.write(before, &mut self.bytes);
        }
        self.bytes.extend_from_slice(&self.common);
        self.bytes.extend_from_slice(b"\r\n");
        &self.bytes
    }

    /// Anything else; a body is JSON.
    pub(crate) fn other(&mut self, method: &str, target: &str, body: Option<&[u8]>) -> &[u8] {
        self.start(method.as_bytes(), target);
        self.bytes.extend_from_slice(&self.common);
        if let Some(body) = body {
            self.bytes.extend_from_slice(b"content-type: application/json\r\n");
            return self.body(body);
        }
        self.bytes.extend_from_slice(b"\r\n");
        &self.bytes
    }

    fn of_key(&mut self, method: &[u8], key: u64) {
        self.start(method, "/kv/");
        self.keys.write(key, &mut self.bytes);
        self.bytes.extend_from_slice(&self.common);
    }

    fn start(&mut self, method: &[u8], target: &str) {
        self.bytes.clear();
        self.bytes.extend_from_slice(method);
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(self.base.as_bytes());
        self.bytes.extend_from_slice(target.as_bytes());
    }

    fn body(&mut self, body: &[u8]) -> &[u8] {
        let _ = write!(self.bytes, "content-length: {}\r\n\r\n", body.len());
        self.bytes.extend_from_slice(body);
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn requests_are_as_http_has_them() {
        let url: BaseUrl = "http://host:81/base".parse().unwrap();
        let mut request = RequestText::new(&url, None, "k/".parse().unwrap());
        assert_eq!(
            text(request.get(7)),
            "GET /base/kv/k/0000000007 HTTP/1.1\r\nhost: host:81\r\n\r\n"
        );
        assert_eq!(
            text(request.put(7, b"abc")),
            "PUT /base/kv/k/0000000007 HTTP/1.1\r\nhost: host:81\r\ncontent-length: 3\r\n\r\nabc"
        );
        assert_eq!(
            text(request.scan(7, 20)),
            "GET /base/kv?prefix=k/&limit=20&after=k/0000000006 HTTP/1.1\r\nhost: host:81\r\n\r\n"
        );
        assert_eq!(
            text(request.other("POST", "/add", Some(b"{}"))),
            "POST /base/add HTTP/1.1\r\nhost: host:81\r\ncontent-type: application/json\r\n\
             content-length: 2\r\n\r\n{}"
        );
        let mut request = RequestText::new(&url, Some("a.b.c"), "k/".parse().unwrap());
        assert_eq!(
            text(request.get(7)),
            "GET /base/kv/k/0000000007 HTTP/1.1\r\nhost: host:81\r\n\
             authorization: Bearer a.b.c\r\n\r\n"
        );
    }
}
