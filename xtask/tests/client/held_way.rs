//! A way to the edge that is closed half way, until it is opened.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

/// What this machine keeps of what nobody has read: little, so that whoever sends has to wait.
const UNREAD_BYTES: u32 = 64 << 10;

/// A way to the edge that is closed half way, until it is opened.
pub(crate) struct HeldWay {
    pub(crate) url: String,
    is_open: watch::Sender<bool>,
}

impl HeldWay {
    /// One to `edge` on which so many bytes go through, from either side of each connection.
    pub(crate) fn to(edge: &str, bytes: u64) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(UNREAD_BYTES).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(16).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (is_open, opened) = watch::channel(false);
        let edge = edge.trim_start_matches("http://").to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (from_client, to_client) = client.into_split();
                let (from_edge, to_edge) = TcpStream::connect(&edge).await.unwrap().into_split();
                tokio::spawn(carry(from_client, to_edge, bytes, opened.clone()));
                tokio::spawn(carry(from_edge, to_client, bytes, opened.clone()));
            }
        });
        Self { url, is_open }
    }

    /// Lets through what there is, and all that comes.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    bytes: u64,
    mut opened: watch::Receiver<bool>,
) {
    let mut before = (&mut from).take(bytes);
    // Whoever has gone needs nothing any more, also in the middle.
    if copy(&mut before, &mut to).await.is_ok() && opened.wait_for(|&open| open).await.is_ok() {
        let _gone = copy(&mut from, &mut to).await;
    }
    let _gone = to.shutdown().await;
}
