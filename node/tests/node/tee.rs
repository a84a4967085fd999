//! A proxy between nodes that keeps what goes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

/// A proxy before one node's listener for nodes: the others are told its address. It listens on
/// another of this machine's own addresses, on the port that the node has.
pub(crate) struct Tee {
    port: u16,
    seen: Seen,
}

/// What came, each direction of each connection by itself.
type Seen = Arc<Mutex<Vec<Vec<u8>>>>;

impl Tee {
    /// Where it listens.
    pub(crate) const HOST: &str = "127.0.0.2";

    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Self::HOST, 0)).unwrap();
        let (port, seen) = (listener.local_addr().unwrap().port(), Arc::default());
        let keeps = Arc::clone(&seen);
        // It ends with the test.
        thread::spawn(move || {
            for dialled in listener.incoming() {
                pass_on(&dialled.unwrap(), port, &keeps);
            }
        });
        Self { port, seen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What came since this was asked the last time: all directions of all connections, one after
    /// the other.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.seen.lock().iter_mut().flat_map(std::mem::take).collect()
    }
}

fn pass_on(dialled: &TcpStream, port: u16, seen: &Seen) {
    // The node may not be there yet: then whoever dialled tries again.
    let Ok(node) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let ends = [(dialled, &node), (&node, dialled)];
    for (from, to) in ends {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let seen = Arc::clone(seen);
        let own = {
            let mut seen = seen.lock();
            seen.push(Vec::new());
            seen.len() - 1
        };
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                let bytes = &buffer[..read];
                seen.lock()[own].extend_from_slice(bytes);
                if to.write_all(bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}
