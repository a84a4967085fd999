//! A server whose every answer is known.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a request is answered by.
pub(super) enum Reply {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These, after a while.
    Late(Duration, Vec<u8>),
    /// Nothing, while the connection stays.
    Silence,
    /// The end of the connection.
    Close,
}

impl Reply {
    pub(super) fn text(text: &str) -> Self {
        Self::Bytes(text.into())
    }
}

/// From method, target and body; the number counts from 0, without heartbeats.
type Answers = dyn Fn(&str, &[u8], u64) -> Reply + Send + Sync;

/// A server that ends with its value.
pub(super) struct Stub {
    url: String,
    requests: Arc<AtomicU64>,
    runtime: tokio::runtime::Runtime,
}

impl Stub {
    /// `answers` gets the request line, the body and the request's number.
    pub(super) fn start(
        answers: impl Fn(&str, &[u8], u64) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answers, requests): (Arc<Answers>, _) = (Arc::new(answers), Arc::default());
        let count = Arc::clone(&requests);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&count)));
            }
        });
        Self { url, requests, runtime }
    }

    /// One that keeps values, but for those of the keys that it `loses`.
    pub(super) fn keeping_values(loses: fn(&str) -> bool) -> Self {
        let values = parking_lot::Mutex::new(BTreeMap::<String, Vec<u8>>::new());
        Self::start(move |line, body, _| {
            let mut words = line.split(' ');
            let (method, key) = (words.next().unwrap(), words.next().unwrap());
            let mut values = values.lock();
            let found = match method {
                "PUT" if loses(key) => Some(Vec::new()),
                "PUT" => values.insert(key.to_owned(), body.to_vec()).or(Some(Vec::new())),
                "DELETE" => values.remove(key).map(|_| Vec::new()),
                _ => values.get(key).cloned(),
            };
            let status = if found.is_some() { "200 OK" } else { "404 Not Found" };
            let body = found.unwrap_or_default();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
            Reply::Bytes([head.into_bytes(), body].concat())
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Without heartbeats.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Ends it, and says where it was.
    pub(super) fn into_url(self) -> String {
        self.runtime.shutdown_timeout(Duration::from_secs(10));
        self.url
    }
}

async fn serve(stream: TcpStream, answers: Arc<Answers>, count: Arc<AtomicU64>) {
    let mut stream = BufReader::new(stream);
    while let Some((line, body)) = request(&mut stream).await {
        let reply = if line.contains(" /heartbeat ") {
            Reply::text("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        } else {
            answers(&line, &body, count.fetch_add(1, Ordering::SeqCst))
        };
        let bytes = match reply {
            Reply::Bytes(bytes) => bytes,
            Reply::Late(wait, bytes) => {
                tokio::time::sleep(wait).await;
                bytes
            }
            Reply::Silence => continue,
            Reply::Close => return,
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => {
                if let Some(value) = header.strip_prefix("content-length: ") {
                    length = value.parse().ok()?;
                }
                first.get_or_insert_with(|| header.to_owned());
            }
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    first.map(|line| (line, body))
}
