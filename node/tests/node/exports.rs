//! `ringway export` and `import`: a store in a file, and back.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::gate::{Then, gate};
use crate::shell::{Said, Shell, said};

/// Some of everything that can be stored.
fn fill(shell: &Shell) {
    let octets: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    for (words, input) in [
        (&["put", "text", "-", "--content-type", "text/html"][..], "<p>Moin \"ü\"\n".as_bytes()),
        (&["put", "octets"], &octets),
        (&["put", "empty"], b""),
        (&["put", "a/../b \u{1F980}\n"], b"key"),
        (&["put", "p/brief", "--ttl", "1d"], b"expires"),
        (&["put", "p/url"], b"data:;base64,QQ=="),
        (&["put", "gone"], b"1"),
    ] {
        assert_eq!(shell.feed(words, input).code, 0, "{words:?}");
    }
    assert_eq!(shell.run(&["del", "gone"]).code, 0);
    // More than a page of them.
    let line = |number| json!({ "key": format!("n/{number:04}"), "value": "1" }).to_string() + "\n";
    fs::write(shell.path("lines"), (0..1200).map(line).collect::<String>()).unwrap();
    let import = shell.run(&["import", "lines", "--json"]);
    assert_eq!(import.tally(), [1200, 0, 0]);
}

/// What an export says, without what a copy has of its own.
fn entries(said: &Said) -> Vec<Value> {
    assert_eq!((said.code, &*said.err), (0, ""));
    let parse = |line| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        assert!(entry["version"].is_string(), "{entry}");
        entry["version"] = Value::Null;
        if entry["expires_ms"].is_u64() {
            entry["expires_ms"] = true.into();
        }
        entry
    };
    said.out().lines().map(parse).collect()
}

#[test]
fn what_is_exported_and_imported_elsewhere_is_the_same() {
    let (from, to) = (Shell::new(), Shell::new());
    fill(&from);
    // As in a script: `ringway export | ringway import -`.
    let mut export = from.command(&["export"]);
    export.env("RINGWAY_URL", &from.url).stdout(Stdio::piped());
    let mut export = export.spawn().unwrap();
    let mut import = to.command(&["import", "-", "--json"]);
    import.env("RINGWAY_URL", &to.url).stdin(export.stdout.take().unwrap());
    let imported = said(import, b"");
    assert_eq!(imported.tally(), [1206, 0, 0], "{imported:?}");
    assert!(export.wait().unwrap().success());
    let (here, there) = (from.run(&["export"]), to.run(&["export"]));
    assert_eq!(entries(&here).len(), 1206);
    assert!(entries(&here) == entries(&there), "not the same");
    assert_eq!(from.run(&["get", "octets"]).out, to.run(&["get", "octets"]).out);
    // A second's fraction is lost.
    let end =
        |shell: &Shell| shell.run(&["get", "p/brief", "--json"]).json()["expires_ms"].as_u64();
    assert!(end(&from).unwrap().abs_diff(end(&to).unwrap()) < 60_000);

    let below = entries(&from.run(&["export", "p/"]));
    let keys: Vec<_> = below.iter().map(|entry| &entry["key"]).collect();
    assert_eq!(keys, ["p/brief", "p/url"]);
    assert_eq!(from.run(&["export", "p/", "-o", "file", "--json"]).json()["done"], 2);
    // What is there may be left alone.
    assert_eq!(to.run(&["put", "p/url", "mine"]).code, 0);
    fs::copy(from.path("file"), to.path("file")).unwrap();
    assert_eq!(to.run(&["import", "file", "--if-absent", "--json"]).tally(), [0, 2, 0]);
    to.run(&["get", "p/url"]).is("mine");
    assert_eq!(to.run(&["import", "file", "--json"]).tally(), [2, 0, 0]);
    to.run(&["get", "p/url"]).is("data:;base64,QQ==");
}

#[test]
fn the_file_of_small_servers_is_read_and_written() {
    let (from, to) = (Shell::new(), Shell::new());
    // As Python's json module writes it.
    let text = r#"{"myKey": "myValue", "umlaut": "\u00fc", "count": 7, "list": [1, null]}"#;
    let import = from.feed(&["import", "--format", "json", "--json"], text.as_bytes());
    assert_eq!(import.tally(), [4, 0, 0], "{import:?}");
    from.run(&["get", "myKey"]).is("myValue");
    from.run(&["get", "umlaut"]).is("ü");
    from.run(&["get", "count"]).is("7");
    assert_eq!(from.run(&["get", "list", "--json"]).json()["content_type"], "application/json");
    assert_eq!(from.feed(&["put", "octets"], &[0xFF, 0]).code, 0);

    let exported = from.run(&["export", "--format", "json"]);
    let expected = json!({
        "myKey": "myValue", "umlaut": "ü", "count": "7", "list": "[1,null]",
        "octets": "data:;base64,/wA=",
    });
    assert_eq!(exported.json(), expected);
    assert_eq!(to.feed(&["import", "--format", "json", "--json"], &exported.out).code, 0);
    to.run(&["get", "octets"]).is([0xFF, 0]);
    assert_eq!(to.run(&["export", "--format", "json"]).out, exported.out);
    to.run(&["export", "none", "--format", "json"]).is("{\n}\n");
}

#[test]
fn what_is_no_export_is_refused_where_it_begins_to_be_none() {
    let shell = Shell::new();
    for (words, input, named) in [
        (&["import"][..], "{\"a\": \"b\"}\n", "--format json"),
        (&["import"], "{\"key\":\"a\",\"value\":\"1\"}\nnonsense\n", "line 2 "),
        (&["import", "--format", "json"], "{\"a\": \"1\", \"b\"", "no object"),
        (&["import", "--format", "json"], "[1]", "expected an object"),
        (&["import"], "{\"key\":\"\",\"value\":\"1\"}\n", "could not be done"),
        (&["import"], "{\"key\":\"a\",\"value_base64\":\"!\"}\n", "no base64"),
    ] {
        let said = shell.feed(words, input.as_bytes());
        assert_eq!(said.code, 1, "{input:?}: {said:?}");
        assert!(said.err.contains(named), "{input:?}: {said:?}");
    }
    shell.run(&["get", "a"]).is("1");
}

#[test]
fn an_export_that_breaks_off_leaves_no_half_file() {
    let shell = Shell::new();
    fill(&shell);
    fs::write(shell.path("file"), "as it was").unwrap();
    let url = gate(shell.url.strip_prefix("http://").unwrap().parse().unwrap(), 9000, Then::Dies);
    let mut command = shell.command(&["export", "-o", "file"]);
    command.env("RINGWAY_URL", url);
    let died = said(command, b"");
    assert_eq!(died.code, 69, "{died:?}");
    assert_eq!(fs::read(shell.path("file")).unwrap(), b"as it was");
    // Whoever reads a pipe has to look at the status.
    assert_eq!(shell.run(&["export", "-o", "/dev/full"]).code, 74);
}
