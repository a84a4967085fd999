//! What a node's reads are measured against: hyper alone, answering every request with
//! 256 bytes and as many headers as a node sends with a value.
//!
//! It shares with the node what isn't the node's work: the runtime, the allocator, the
//! accept loop's shape, `TCP_NODELAY`. Prints its address.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static VALUE: [u8; 256] = [b'x'; 256];

async fn answer(_request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(&VALUE)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(ETAG, HeaderValue::from_static("\"1\""));
    headers.insert(HeaderName::from_static("x-ringway-epoch"), HeaderValue::from_static("1"));
    headers.insert(HeaderName::from_static("x-ringway-node"), HeaderValue::from_static("n1"));
    Ok(response)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bare hyper listens on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        tokio::spawn(connection);
    }
}
