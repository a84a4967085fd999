//! Directories there and back, whatever comes between.

use std::fs;
use std::path::Path;

use ringway_ring::NodeId;
use xtask::wait;

use crate::desk::{Desk, PATIENCE, begun, ended};
use crate::file_tree::{files, tree};
use crate::terminal::Terminal;

const FILES: usize = 10_000;
/// With one at the limit, and one without anything in it.
const ALL: u64 = FILES as u64 + 2;
/// The longest value that a node takes unless it is told otherwise.
const VALUE_BYTES_MAX: u32 = 8 << 20;
/// One file after another: a run that is looked at is far from its end for many seconds more.
const SLOWLY: &str = "put --recursive from --prefix p --parallel 1";
const FAST: [&str; 8] =
    ["put", "--recursive", "from", "--prefix", "p", "--parallel", "64", "--json"];
const BACK: [&str; 8] = ["get", "--recursive", "p/", "-o", "to", "--parallel", "64", "--json"];

/// Ten thousand small files, in directories of a hundred, and two others.
fn fill(root: &Path) {
    files(root, FILES);
    let large: Vec<u8> = (0..VALUE_BYTES_MAX).map(|at| (at * 31).to_le_bytes()[1]).collect();
    fs::write(root.join("large"), large).unwrap();
    fs::write(root.join("empty"), "").unwrap();
}

pub(crate) async fn an_interrupted_directory_goes_on_and_comes_back_the_same(desk: &mut Desk) {
    fill(&desk.path("from"));
    if let Some(terminal) = Terminal::at(desk).await {
        ended_by_ctrl_c(&terminal).await;
    }
    ended_by_the_edge(desk).await;
    let [done, passed, failed] = desk.run(&FAST).tally();
    assert_eq!((done + passed, failed), (ALL, 0));
    assert!(done > 0 && passed > 0, "it went on in the middle: {done} and {passed}");
    assert_eq!(desk.run(&FAST).tally(), [0, ALL, 0]);

    assert_eq!(desk.run(&BACK).tally(), [ALL, 0, 0]);
    assert!(tree(&desk.path("from")) == tree(&desk.path("to")), "not the same");
    // Far more than a pipe holds: whoever has seen enough is no failure.
    assert_eq!(desk.script("ringway ls p/ | head -n 1").out, "p/000/0 ü\n");
    let sums = desk.script("ringway get p/large | sha256sum; sha256sum <from/large").out;
    let sums: Vec<_> = sums.lines().collect();
    assert_eq!(sums[0], sums[1]);
}

/// Somebody sees how far it is, and ends it.
async fn ended_by_ctrl_c(terminal: &Terminal) {
    terminal.enter(&format!("ringway {SLOWLY}"));
    // Some are done, and it is known how fast.
    let is_under_way = |screen: &str| {
        let count = screen.split_once(&format!("/{ALL} files")).map(|(before, _)| before);
        let count = count.and_then(|before| before.rsplit(' ').next()?.parse::<u64>().ok());
        count.is_some_and(|count| count >= 10)
    };
    let screen = terminal.sees(is_under_way).await;
    for part in ["%", "B/s", "ETA ", " MiB"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert_eq!(screen.matches(" files").count(), 1, "one line, drawn anew: {screen}");
    terminal.press("C-c");
    let screen = terminal.sees(|screen| screen.contains("ringway: interrupted")).await;
    assert!(!screen.contains(" files"), "the line is gone: {screen}");
    assert_eq!(terminal.status().await, 130);
}

/// Envoy dies half way.
async fn ended_by_the_edge(desk: &mut Desk) {
    let words: Vec<_> = SLOWLY.split(' ').collect();
    let before = desk.run(&["ls", "p/"]).out.lines().count();
    let put = begun(desk.ringway(&words));
    let first = desk.stack.nodes()[0].url();
    let goes_on = wait::until(PATIENCE, async || {
        let listed = desk.ringway(&["ls", "p/", "--url", &first]).output().unwrap();
        listed.stdout.split(|byte| *byte == b'\n').count() > before + 50
    });
    assert!(goes_on.await);
    desk.stack.stop_envoy();
    let died = ended(put);
    // Of a write that was on its way nobody knows; of one that had not begun it is known.
    assert!(matches!(died.code, 69 | 75), "{died:?}");
    assert!(died.err.contains("were done before)"), "{died:?}");
    assert_eq!(died.out, "");
    let said = desk.run(&["ls"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains("nothing answers at"), "{said:?}");
    desk.stack.start_envoy().await.unwrap();
}

pub(crate) async fn nobody_notices_that_a_node_dies(desk: &mut Desk) {
    let [second, third] = ["n2", "n3"].map(|id| id.parse::<NodeId>().unwrap());
    fs::remove_dir_all(desk.path("to")).unwrap();
    let get = begun(desk.ringway(&BACK));
    let is_begun = async || desk.path("to").exists();
    assert!(wait::until(PATIENCE, is_begun).await);
    desk.stack.kill(&second);
    assert_eq!(ended(get).tally(), [ALL, 0, 0]);
    assert!(tree(&desk.path("from")) == tree(&desk.path("to")), "not the same");

    // Of three holders one is left, which is no majority.
    desk.stack.kill(&third);
    let key = "p/000/7 ü";
    for words in [&["get", key][..], &["put", key, "new"], &["del", key]] {
        let said = desk.run(words);
        assert_eq!((said.code, &*said.out), (69, ""), "{words:?}: {said:?}");
    }
    let copy = desk.run(&["get", key, "--consistency", "one"]);
    assert_eq!((copy.code, &*copy.out), (0, "file 7\n"), "{copy:?}");
    for id in [&second, &third] {
        desk.stack.restart(id).await.unwrap();
    }
    desk.stack.settle().await.unwrap();
    assert_eq!(desk.run(&["get", key]).out, "file 7\n");
}
