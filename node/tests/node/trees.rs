//! `ringway put --recursive` and `get --recursive`: directories there and back, whatever comes
//! between.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::file_tree::{files, tree};
use crate::gate::{Then, gate};
use crate::process::PATIENCE;
use crate::shell::{Said, Shell, ended, said};

/// The longest value that a node takes unless it is told otherwise.
const VALUE_BYTES_MAX: u32 = 8 << 20;

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

#[test]
fn files_and_one_at_the_limit_go_there_and_back_and_are_not_sent_twice() {
    let shell = Shell::new();
    files(&shell.path("from"), 1_000);
    let large: Vec<u8> = (0..VALUE_BYTES_MAX).map(|at| (at * 31).to_le_bytes()[1]).collect();
    fs::write(shell.path("from/large"), &large).unwrap();
    fs::write(shell.path("from/empty"), "").unwrap();
    let put = ["put", "--recursive", "from", "--prefix", "p", "--parallel", "64", "--json"];
    let first = shell.run(&put);
    assert_eq!((first.code, &*first.err), (0, ""));
    assert_eq!(first.tally(), [1_002, 0, 0]);
    shell.run(&["get", "p/large"]).is(&large);
    shell.run(&["get", "p/empty"]).is("");

    // One is changed to another of the same length, one is not there any more.
    fs::write(shell.path("from/000/7 ü"), "elif 7\n").unwrap();
    assert_eq!(shell.run(&["del", "p/000/8 ü"]).code, 0);
    assert_eq!(shell.run(&put).tally(), [2, 1_000, 0]);

    let get = ["get", "--recursive", "p/", "-o", "to", "--parallel", "64", "--json"];
    assert_eq!(shell.run(&get).tally(), [1_002, 0, 0]);
    assert!(tree(&shell.path("from")) == tree(&shell.path("to")), "not the same");
    fs::write(shell.path("to/000/7 ü"), "file 7\n").unwrap();
    fs::remove_file(shell.path("to/large")).unwrap();
    assert_eq!(shell.run(&get).tally(), [2, 1_000, 0]);
    assert!(tree(&shell.path("from")) == tree(&shell.path("to")), "not the same");
}

#[test]
fn what_can_not_be_done_is_told_and_the_rest_is_done() {
    let shell = Shell::new();
    files(&shell.path("from"), 3);
    fs::write(shell.path("from/too large"), vec![0; (8 << 20) + 1]).unwrap();
    std::os::unix::fs::symlink("/etc", shell.path("from/link")).unwrap();
    let put = shell.run(&["put", "--recursive", "from", "--json"]);
    assert_eq!((put.code, put.tally()), (1, [3, 0, 2]));
    for named in ["from/too large: the body is longer than", "from/link: it is no file"] {
        assert!(put.err.contains(named), "{put:?}");
    }
    for key in ["../escaped", "/absolute", "a//b", "000"] {
        assert_eq!(shell.run(&["put", key, "1"]).code, 0);
    }
    let got = shell.run(&["get", "--recursive", "", "-o", "to", "--json"]);
    assert_eq!(got.code, 1, "{got:?}");
    // Of `000` and what is below it one is in the other's way, whichever came first.
    let [done, _, failed] = got.tally();
    assert_eq!(done + failed, 7, "{got:?}");
    assert!(failed >= 4, "{got:?}");
    assert!(!shell.path("escaped").exists() && !Path::new("/absolute").exists());
    for words in [&["put", "--recursive", "none"][..], &["get", "--recursive", "p"]] {
        assert!(matches!(shell.run(words).code, 64 | 74), "{words:?}");
    }
    assert_eq!(shell.run(&["get", "--recursive", "none", "-o", "to", "--json"]).tally(), [0; 3]);
    let absent = ["put", "--recursive", "from/000", "--prefix", "000", "--if-absent", "--json"];
    fs::write(shell.path("from/000/0 ü"), "mine").unwrap();
    assert_eq!(shell.run(&absent).tally(), [0, 3, 0]);
    shell.run(&["get", "000/0 ü"]).is("file 0\n");
}

/// How `words` end, asked through a gate that holds, by Ctrl-C once `is_half_way`.
fn interrupted(shell: &Shell, words: &[&str], is_half_way: impl Fn() -> bool) -> Said {
    // Some requests of about 300 bytes each, of hundreds.
    let url = gate(address(&shell.url), 30_000, Then::Holds);
    let mut command = shell.command(words);
    command.env("RINGWAY_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while !is_half_way() {
        assert!(begun.elapsed() < PATIENCE, "it does not begin");
        thread::yield_now();
    }
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    ended(child)
}

#[test]
fn what_ctrl_c_has_ended_goes_on_where_it_was() {
    let shell = Shell::new();
    files(&shell.path("from"), 500);
    let put = ["put", "--recursive", "from", "--prefix", "p", "--json"];
    let said = interrupted(&shell, &put, || !shell.run(&["ls", "p/"]).out.is_empty());
    assert_eq!((said.code, said.out()), (130, ""), "{said:?}");
    assert_eq!(said.err, "ringway: interrupted\n");
    let [done, passed, failed] = shell.run(&put).tally();
    assert_eq!((done + passed, failed), (500, 0));
    assert!(done > 0 && passed > 0, "it was in the middle: {done} and {passed}");

    let get = ["get", "--recursive", "p", "-o", "to", "--json"];
    let said = interrupted(&shell, &get, || shell.path("to").exists());
    assert_eq!(said.code, 130, "{said:?}");
    let from = tree(&shell.path("from"));
    let to = tree(&shell.path("to"));
    assert!(to.iter().all(|(name, bytes)| from.get(name) == Some(bytes)), "a half file: {to:?}");
    assert!(to.len() < 500);
    assert_eq!(shell.run(&get).tally()[0], 500 - to.len() as u64);
    assert_eq!(tree(&shell.path("to")), from);
}

#[test]
fn an_endpoint_that_dies_half_way_ends_it_and_another_run_goes_on() {
    let shell = Shell::new();
    files(&shell.path("from"), 500);
    let through = |words: &[&str]| {
        let mut command = shell.command(words);
        let url = gate(address(&shell.url), 30_000, Then::Dies);
        command.env("RINGWAY_URL", url);
        said(command, b"")
    };
    let put = ["put", "--recursive", "from", "--prefix", "p", "--json"];
    let died = through(&put);
    // Of a write that was on its way nobody knows; of one that had not begun it is known.
    assert!(matches!(died.code, 69 | 75), "{died:?}");
    assert!(died.err.contains("were done before)"), "{died:?}");
    let [done, passed, failed] = shell.run(&put).tally();
    assert_eq!((done + passed, failed), (500, 0));
    assert!(done > 0 && passed > 0, "it was in the middle: {done} and {passed}");

    let get = ["get", "--recursive", "p", "-o", "to", "--json"];
    let died = through(&get);
    assert_eq!(died.code, 69, "{died:?}");
    assert_eq!(shell.run(&get).tally()[2], 0);
    assert_eq!(tree(&shell.path("to")), tree(&shell.path("from")));
}

#[test]
fn a_full_disk_leaves_no_half_file_and_ends_it() {
    let shell = Shell::new();
    let large = vec![b'x'; 2 << 20];
    assert_eq!(shell.feed(&["put", "p/large"], &large).code, 0);
    assert_eq!(shell.run(&["put", "p/small", "1"]).code, 0);
    fs::create_dir(shell.path("small")).unwrap();
    // A disk of one MiB, that nobody else sees and that goes with the shell.
    let script = "mount -t tmpfs -o size=1m tmpfs small || exit 99; echo before >small/it; \
                  \"$0\" get p/large -o small/it; echo $?; cat small/it; ls -A small; \
                  \"$0\" get --recursive p -o small/tree; echo $?; find small/tree -type f";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script]);
    command.arg(env!("CARGO_BIN_EXE_ringway")).current_dir(shell.directory.path());
    command.env("RINGWAY_URL", &shell.url).env("HOME", shell.directory.path());
    let said = said(command, b"");
    if said.code == 99 || said.err.contains("unshare failed") {
        let reason = "a small disk can't be mounted here, so a full one is not tried";
        let _ = writeln!(io::stdout(), "\nSKIPPED: {reason}");
        return;
    }
    let mut lines = said.out().lines();
    assert_eq!(lines.by_ref().take(4).collect::<Vec<_>>(), ["74", "before", "it", "74"]);
    assert!(lines.all(|line| line == "small/tree/small"), "{said:?}");
    let why = "ringway: small/it can't be written, and is as it was before: No space left";
    assert!(said.err.contains(why), "{said:?}");
    assert!(said.err.contains("small/tree/large can't be written"), "{said:?}");
}

#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let shell = Shell::new();
    files(&shell.path("from"), 300);
    let words = ["put", "--recursive", "from", "--prefix", "p"];
    let piped = shell.run(&words);
    assert_eq!((piped.out(), &*piped.err), ("300 stored, 0 had not to be\n", ""));

    let line = format!("{} {}", env!("CARGO_BIN_EXE_ringway"), "get --recursive p -o to");
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.env("TERM", "xterm").env("RINGWAY_URL", &shell.url).stdin(Stdio::null());
    let shown = match command.current_dir(shell.directory.path()).output() {
        Ok(output) => String::from_utf8(output.stdout).unwrap(),
        Err(error) => {
            let _ = writeln!(io::stdout(), "\nSKIPPED: there is no script(1) here ({error})");
            return;
        }
    };
    for part in ["/300 files", "ETA ", "/s  ", "%  ", "300 read, 0 had not to be"] {
        assert!(shown.contains(part), "{part:?}: {shown:?}");
    }
    assert_eq!(tree(&shell.path("to")).len(), 300);
}
