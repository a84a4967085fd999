//! What answers on a socket as HAProxy does.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use super::ring_map::RingMap;
use super::slot::Slot;

/// What answers as a HAProxy does that was started with nothing. Gone when this is dropped.
pub(super) struct StubHaproxy {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Of a backend, `/` and the server's name: the address, the port, and whether it is in use.
    servers: BTreeMap<String, (String, String, bool)>,
    map: Vec<String>,
    /// By version, what is not yet the map.
    prepared: BTreeMap<u32, Vec<String>>,
}

impl StubHaproxy {
    /// One that listens at `socket`.
    pub(super) fn start(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let mut state = State::default();
        for slot in Slot::all() {
            for backend in ["reads", "writes"] {
                let nobody = ("0.0.0.0".to_owned(), "1".to_owned(), false);
                state.servers.insert(format!("{backend}/{slot}"), nobody);
            }
        }
        let state = Arc::new(Mutex::new(state));
        let stub = Self { socket: socket.to_owned(), state: Arc::clone(&state) };
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, state) = (client.unwrap(), Arc::clone(&state));
                thread::spawn(move || serve(&client, &state));
            }
        });
        stub
    }

    /// The ring that it serves by.
    pub(super) fn map(&self) -> RingMap {
        RingMap::parse(self.state.lock().map.iter().map(String::as_str))
    }

    /// How many of its servers are in use.
    pub(super) fn servers_in_use(&self) -> usize {
        self.state.lock().servers.values().filter(|(_, _, is_in_use)| *is_in_use).count()
    }
}

impl Drop for StubHaproxy {
    fn drop(&mut self) {
        fs::remove_file(&self.socket).unwrap();
    }
}

fn serve(mut client: &UnixStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
    let mut goes_on = false;
    while let Some(command) = lines.next() {
        let has_payload = command.ends_with("<<");
        let payload: Vec<_> = if has_payload {
            lines.by_ref().take_while(|line| !line.is_empty()).collect()
        } else {
            Vec::new()
        };
        let answer = answer(&command, payload, &mut state.lock());
        goes_on |= command == "prompt";
        let prompt = if goes_on { "\n> " } else { "\n" };
        if client.write_all(format!("{answer}{prompt}").as_bytes()).is_err() || !goes_on {
            return;
        }
    }
}

fn answer(command: &str, payload: Vec<String>, state: &mut State) -> String {
    let words: Vec<_> = command.split_whitespace().collect();
    let version = |word: &str| word.strip_prefix('@').unwrap().parse::<u32>().unwrap();
    match *words {
        ["prompt"] => String::new(),
        ["show", "servers", "state"] => state.servers.iter().map(shown_server).collect(),
        ["show", "map", _] => shown_map(&state.map),
        ["show", "map", at, _] => shown_map(&state.prepared[&version(at)]),
        ["set", "server", name, "addr", ip, "port", port] => {
            let server = state.servers.get_mut(name).unwrap();
            (server.0, server.1) = (ip.to_owned(), port.to_owned());
            "IP changed from one to another".to_owned()
        }
        ["set", "server", name, "state", ready] => {
            // The other backend's follows it.
            for name in [name.to_owned(), name.replace("reads", "writes")] {
                state.servers.get_mut(&name).unwrap().2 = ready == "ready";
            }
            String::new()
        }
        ["prepare", "map", _] => {
            let next = state.prepared.keys().last().map_or(1, |last| last + 1);
            state.prepared.insert(next, Vec::new());
            format!("New version created: {next}")
        }
        ["add", "map", at, _, "<<"] => {
            state.prepared.get_mut(&version(at)).unwrap().extend(payload);
            String::new()
        }
        ["commit", "map", at, _] => {
            state.map = state.prepared.remove(&version(at)).unwrap();
            String::new()
        }
        _ => panic!("nobody knows {command:?}"),
    }
}

fn shown_map(map: &[String]) -> String {
    map.iter().flat_map(|line| ["0x5581 ", line, "\n"]).collect()
}

fn shown_server((name, server): (&String, &(String, String, bool))) -> String {
    let (backend, name) = name.split_once('/').unwrap();
    let (ip, port, is_in_use) = server;
    let admin = u8::from(!is_in_use);
    format!("3 {backend} 1 {name} {ip} 2 {admin} 0 0 2 15 3 2 6 0 0 0 - {port} - 0 0 - - 0\n")
}
