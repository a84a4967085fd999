//! What answers as a node would that has some keys, and holds back all pages of them but the
//! first until it is told otherwise.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use parking_lot::{Condvar, Mutex};
use ringway_client::ReprDigest;
use serde_json::json;

/// What answers as a node would.
#[derive(Clone)]
pub(crate) struct StubStore {
    pub(crate) url: String,
    keys: usize,
    page: usize,
    value: Arc<Vec<u8>>,
    is_open: Arc<(Mutex<bool>, Condvar)>,
}

impl StubStore {
    /// One of so many `keys`, so many on a page, each with `value`.
    pub(crate) fn start(keys: usize, page: usize, value: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let store = Self { url, keys, page, value: Arc::new(value), is_open: Arc::default() };
        let this = store.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let this = this.clone();
                thread::spawn(move || this.serve(&client.unwrap()));
            }
        });
        store
    }

    /// The name of a key.
    pub(crate) fn key(number: usize) -> String {
        format!("k{number:06}")
    }

    /// Holds nothing back any more.
    pub(crate) fn open(&self) {
        *self.is_open.0.lock() = true;
        self.is_open.1.notify_all();
    }

    /// Answers requests without bodies, until the other end has enough.
    fn serve(&self, mut client: &TcpStream) {
        let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
        while let Some(request) = lines.next() {
            lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
            let target = request.split(' ').nth(1).unwrap();
            let (head, body) = if let Some((_, query)) = target.split_once('?') {
                (String::new(), self.listed(query))
            } else {
                let digest = ReprDigest::of(&self.value).header_value();
                let digest = digest.to_str().unwrap();
                (format!("etag: \"1.1\"\r\nrepr-digest: {digest}\r\n"), self.value.to_vec())
            };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\n{head}content-length: {length}\r\n\r\n");
            if client.write_all(&[head.into_bytes(), body].concat()).is_err() {
                return;
            }
        }
    }

    /// The page that is asked for, when its time has come.
    fn listed(&self, query: &str) -> Vec<u8> {
        let after = query.split('&').find_map(|parameter| parameter.strip_prefix("after=k"));
        let first = after.map_or(0, |number| number.parse::<usize>().unwrap() + 1);
        if first > 0 {
            let mut is_open = self.is_open.0.lock();
            self.is_open.1.wait_while(&mut is_open, |open| !*open);
        }
        let keys: Range<usize> = first..self.keys.min(first + self.page);
        let next = (keys.end < self.keys).then(|| Self::key(keys.end - 1));
        let listed = |number| json!({ "key": Self::key(number), "version": "1.1", "bytes": 1 });
        let keys: Vec<_> = keys.map(listed).collect();
        json!({ "keys": keys, "next": next }).to_string().into_bytes()
    }
}
