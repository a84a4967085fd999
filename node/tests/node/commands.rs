//! `ringway put`, `get`, `del`, `ls` and `explain`, the program, against a node that runs.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use serde_json::Value;

use crate::shell::{Shell, said};

#[test]
fn what_is_put_is_got_back_byte_for_byte() {
    let shell = Shell::new();
    let put = shell.run(&["put", "europe/hamburg", "Moin"]);
    assert_eq!(put.code, 0, "{put:?}");
    let version = put.out().trim_end().to_owned();
    shell.run(&["get", "europe/hamburg"]).is("Moin");
    let got = shell.run(&["get", "--json", "europe/hamburg"]).json();
    assert_eq!(got["version"], *version);
    assert_eq!(got["value"], "Moin");
    assert_eq!(got["content_type"], "text/plain; charset=utf-8");

    let octets: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    fs::write(shell.path("octets"), &octets).unwrap();
    for words in [&["put", "a", "--file", "octets"][..], &["put", "b", "-"], &["put", "c"]] {
        let put = shell.feed(words, &octets);
        assert_eq!(put.code, 0, "{words:?}: {put:?}");
    }
    for key in ["a", "b", "c"] {
        shell.run(&["get", key]).is(&octets);
        shell.run(&["get", key, "-o", "copy"]).is("");
        assert_eq!(fs::read(shell.path("copy")).unwrap(), octets);
    }
    assert!(shell.run(&["get", "a", "--json"]).json()["value_base64"].is_string());
    let about = shell.run(&["get", "a", "--json", "--output", "copy"]).json();
    assert_eq!((&about["key"], &about["bytes"]), (&"a".into(), &100_000.into()));
    let put = shell.run(&["put", "a", "-7", "--json", "--content-type", "text/x-number"]).json();
    assert_eq!((&put["key"], &put["created"]), (&"a".into(), &false.into()));
    shell.run(&["get", "a", "--consistency", "one"]).is("-7");
    assert_eq!(shell.run(&["get", "a", "--json"]).json()["content_type"], "text/x-number");

    shell.run(&["del", "a"]).is("");
    assert_eq!(shell.run(&["del", "--json", "b"]).json()["key"], "b");
    let gone = shell.run(&["get", "a"]);
    assert_eq!((gone.code, gone.out()), (3, ""));
    assert_eq!(gone.err, "ringway: nothing is stored under \"a\"\n");
    assert_eq!(shell.run(&["del", "a"]).code, 3);
}

#[test]
fn keys_are_what_was_written_and_are_listed_in_order() {
    let shell = Shell::new();
    let keys = ["..", ".", "a b", "a%20b", "a+b?c#d", "a/../b", "a//b", "ä/\u{1F980}", "a\nb"];
    for key in keys {
        assert_eq!(shell.run(&["put", key, key]).code, 0, "{key}");
    }
    for key in keys {
        shell.run(&["get", key]).is(key);
    }
    let mut in_order = keys;
    in_order.sort_unstable();
    let listed = |words: &[&str]| -> Vec<String> {
        let said = shell.run(words);
        let lines = said.out().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|listed| listed["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(&["ls", "--json"]), in_order);
    assert_eq!(listed(&["ls", "a/", "--json"]), ["a/../b", "a//b"]);
    shell.run(&["ls", "a/"]).is("a/../b\na//b\n");
    let long = shell.run(&["ls", "--long", "a//"]);
    let fields: Vec<_> = long.out().split_whitespace().collect();
    assert_eq!((fields[0], fields[2]), ("4", "a//b"));
    shell.run(&["ls", "nothing"]).is("");

    let explained = shell.run(&["explain", "a/../b", "--json"]).json();
    assert_eq!((&explained["key"], &explained["serves"]), (&"a/../b".into(), &"n1".into()));
    assert!(shell.run(&["explain", "a/../b"]).out().contains("\nreplicas   n1\n"));
}

#[test]
fn a_condition_that_does_not_hold_changes_nothing_and_exits_4() {
    let shell = Shell::new();
    let first = shell.run(&["put", "a", "1", "--if-absent"]);
    let version = first.out().trim_end();
    for words in [
        &["put", "a", "2", "--if-absent"][..],
        &["put", "a", "2", "--if-match", "9.9.9.9"],
        &["del", "a", "--if-match", "9.9.9.9"],
        &["put", "none", "2", "--if-match", "*"],
    ] {
        let refused = shell.run(words);
        assert_eq!((refused.code, refused.out()), (4, ""), "{words:?}");
        assert!(refused.err.contains("the condition does not hold"), "{refused:?}");
    }
    shell.run(&["get", "a"]).is("1");
    assert_eq!(shell.run(&["put", "a", "2", "--if-match", version]).code, 0);
    assert_eq!(shell.run(&["put", "a", "3", "--if-match", version]).code, 4);
    assert_eq!(shell.run(&["put", "a", "3", "--if-match", "*"]).code, 0);
    shell.run(&["get", "a"]).is("3");
}

#[test]
fn a_value_expires_when_it_is_said_to() {
    let shell = Shell::new();
    assert_eq!(shell.run(&["put", "brief", "1", "--ttl", "1s"]).code, 0);
    assert_eq!(shell.run(&["put", "long", "1", "--ttl", "1d"]).code, 0);
    // The client is what waits here: each try takes it some milliseconds.
    let mut codes = (0..10_000).map(|_| shell.run(&["get", "brief"]).code);
    assert_eq!(codes.find(|&code| code != 0), Some(3));
    shell.run(&["get", "long"]).is("1");
}

#[test]
fn what_makes_no_sense_exits_64_and_is_said_in_a_sentence() {
    let shell = Shell::without_node("http://127.0.0.1:9");
    for (words, named) in [
        (&["put"][..], "<KEY>"),
        (&["put", "", "1"], "key"),
        (&["put", "a", "1", "--ttl", "soon"], "15m"),
        (&["put", "a", "1", "--if-match", "newest"], "a version like"),
        (&["put", "a", "1", "--if-match", "*", "--if-absent"], "--if-absent"),
        (&["put", "a", "1", "--file", "b"], "--file"),
        (&["get", "a", "--consistency", "some"], "linearizable"),
        (&["ls", "--url", "edge:80"], "http://HOST:PORT"),
        (&["completions", "cobol"], "bash"),
    ] {
        let said = shell.run(words);
        assert_eq!((said.code, said.out()), (64, ""), "{words:?}: {said:?}");
        assert!(said.err.contains(named), "{words:?}: {said:?}");
    }
}

#[test]
fn the_endpoint_is_found_by_flag_variable_or_file_in_this_order() {
    let shell = Shell::new();
    let elsewhere = "http://127.0.0.1:9";
    assert_eq!(shell.run(&["put", "a", "here"]).code, 0);
    let get = |by_file: Option<&str>, by_variable: Option<&str>, by_flag: Option<&str>| {
        let config = shell.path("config");
        if let Some(url) = by_file {
            fs::create_dir_all(config.join("ringway")).unwrap();
            let text = format!("# where mine is\nurl = \"{url}\"\n");
            fs::write(config.join("ringway/config.toml"), text).unwrap();
        }
        let mut command = shell.command(&["get", "a"]);
        command.env("XDG_CONFIG_HOME", config);
        command.envs(by_variable.map(|url| ("RINGWAY_URL", url)));
        command.args(by_flag.iter().flat_map(|url| ["--url", url]));
        said(command, b"").code
    };
    assert_eq!(get(Some(&shell.url), None, None), 0);
    assert_eq!(get(Some(&shell.url), Some(elsewhere), None), 69);
    assert_eq!(get(Some(elsewhere), None, None), 69);
    assert_eq!(get(Some(elsewhere), Some(&shell.url), None), 0);
    assert_eq!(get(Some(elsewhere), Some(elsewhere), Some(&shell.url)), 0);
    // One file for all commands that ask, and what is wrong in it is said.
    fs::create_dir_all(shell.path(".config/ringway")).unwrap();
    fs::write(shell.path(".config/ringway/config.toml"), "ulr = \"http://edge\"").unwrap();
    for words in [&["ls"][..], &["ring", "show"]] {
        let said = said(shell.command(words), b"");
        assert_eq!(said.code, 64, "{said:?}");
        assert!(said.err.contains(".config/ringway/config.toml is not understood"), "{said:?}");
    }
}

#[test]
fn where_nothing_answers_it_exits_69_and_says_what_to_do() {
    // Free a moment ago, and nobody's now.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shell = Shell::without_node(&format!("http://{address}"));
    for words in [&["put", "a", "1"][..], &["get", "a"], &["del", "a"], &["ls"], &["explain", "a"]]
    {
        let said = shell.run(words);
        assert_eq!((said.code, said.out()), (69, ""), "{words:?}: {said:?}");
        let named = format!("nothing answers at http://{address} (Connection refused");
        assert!(said.err.contains(&named), "{said:?}");
        assert!(said.err.contains("is the stack up? `cargo xtask up`"), "{said:?}");
    }
}

/// Takes one request, answers `answer` and hangs up.
fn one_answer(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        assert!(stream.read(&mut head).unwrap() > 0);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    url
}

#[test]
fn an_endpoint_that_dies_half_way_leaves_no_half_file_and_an_honest_code() {
    let half = "HTTP/1.1 200 OK\r\netag: \"1.1\"\r\ncontent-length: 100\r\n\r\nthe first half";
    let shell = Shell::without_node(&one_answer(half));
    fs::write(shell.path("copy"), "as it was").unwrap();
    let said = shell.run(&["get", "a", "-o", "copy"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains("broke off in the middle of its answer"), "{said:?}");
    assert_eq!(fs::read(shell.path("copy")).unwrap(), b"as it was");
    assert_eq!(names(shell.directory.path()), ["copy"]);

    let shell = Shell::without_node(&one_answer(""));
    let said = shell.run(&["put", "a", "1"]);
    assert_eq!((said.code, said.out()), (75, ""), "{said:?}");
    assert!(said.err.contains("whether it is stored is not known"), "{said:?}");

    // Whole, and another than is stored: the checksum is that of "b".
    let damaged = "HTTP/1.1 200 OK\r\netag: \"1.1\"\r\ncontent-length: 1\r\nrepr-digest: \
                   sha-256=:PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=:\r\n\r\na";
    let shell = Shell::without_node(&one_answer(damaged));
    let said = shell.run(&["get", "a", "-o", "copy"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains("its checksum differs"), "{said:?}");
    assert!(names(shell.directory.path()).is_empty());

    let shell = Shell::without_node(&one_answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"));
    let said = shell.run(&["ls"]);
    assert_eq!(said.code, 69, "{said:?}");
    assert!(said.err.contains("is no node of this version"), "{said:?}");
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_can_not_be_written_is_told() {
    let shell = Shell::new();
    assert_eq!(shell.run(&["put", "a", "1"]).code, 0);
    for (words, named) in [
        (&["get", "a", "-o", "/dev/full"][..], "/dev/full can't be written: No space left"),
        (&["get", "a", "-o", "none/copy"], "none/copy can't be written: No such file"),
        (&["get", "a", "-o", "data"], "data can't be written"),
        (&["put", "a", "--file", "none"], "none can't be read: No such file"),
    ] {
        let said = shell.run(words);
        assert_eq!((said.code, said.out()), (74, ""), "{words:?}: {said:?}");
        assert!(said.err.contains(named), "{words:?}: {said:?}");
    }
    // A full disk where standard output goes to.
    let mut command = shell.command(&["get", "a"]);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    command.env("RINGWAY_URL", &shell.url).stdout(full);
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(74));
    assert!(String::from_utf8(stderr).unwrap().contains("No space left"));
}

#[test]
fn each_shell_is_told_what_there_is() {
    let shell = Shell::without_node("http://127.0.0.1:9");
    for name in ["bash", "zsh", "fish"] {
        let said = shell.run(&["completions", name]);
        assert_eq!(said.code, 0);
        for command in ["put", "explain", "haproxy-sync"] {
            assert!(said.out().contains(command), "{name}: {command}");
        }
    }
    let script = shell.run(&["completions", "bash"]);
    fs::write(shell.path("completions"), &script.out).unwrap();
    let mut bash = Command::new("bash");
    let complete = "source ./completions; COMP_WORDS=(ringway pu); COMP_CWORD=1; \
                    _ringway ringway pu ringway; echo \"${COMPREPLY[*]}\"";
    bash.args(["-c", complete]).current_dir(shell.directory.path());
    let Output { stdout, stderr, .. } = bash.output().unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), "put\n", "{stderr:?}");
}
