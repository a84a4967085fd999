//! A way to a node that ends in the middle.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

/// What becomes of the way once it has let through what it lets through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It takes what comes, and nothing goes on.
    Holds,
    /// It is gone, with all that is on it.
    Dies,
}

/// A way to the node at `to` that lets so many bytes of requests through. Its URL.
pub(crate) fn gate(to: SocketAddr, bytes: i64, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let left = Arc::new(AtomicI64::new(bytes));
    thread::spawn(move || {
        for client in listener.incoming() {
            if then == Then::Dies && left.load(Ordering::SeqCst) <= 0 {
                // The listener goes with this thread.
                return;
            }
            let (client, node) = (client.unwrap(), TcpStream::connect(to).unwrap());
            let (from, back) = (node.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || carry(from, back, None, then));
            let left = Arc::clone(&left);
            thread::spawn(move || carry(client, node, Some(&left), then));
        }
    });
    url
}

fn carry(mut from: TcpStream, mut to: TcpStream, left: Option<&AtomicI64>, then: Then) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let is_over = left.is_some_and(|left| {
            left.fetch_sub(i64::try_from(length).unwrap(), Ordering::SeqCst) <= 0
        });
        if is_over && then == Then::Dies {
            break;
        }
        if !is_over && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other side may be gone already.
    for end in [from, to] {
        let _ = end.shutdown(Shutdown::Both);
    }
}
