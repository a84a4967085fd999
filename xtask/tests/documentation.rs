//! Every file and directory that the documentation names is there.
#![allow(clippy::unwrap_used, reason = "a failed expectation may panic where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use xtask::repository;

const DOCUMENTS: [&str; 2] = ["README.md", "ARCHITECTURE.md"];

/// What ends a name that can only be a file's.
const ENDINGS: [&str; 10] =
    [".rs", ".toml", ".yaml", ".yml", ".md", ".json", ".lock", ".cfg", "Dockerfile", ".sh"];

/// What a text names in backticks or links to, of what may be in the repository.
fn named(text: &str) -> BTreeSet<&str> {
    // Fenced blocks are what one types, and what is answered.
    let prose: Vec<_> = text.split("```").step_by(2).collect();
    let ticked = prose.iter().flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let linked = prose.iter().flat_map(|prose| prose.split("](").skip(1));
    let linked = linked.filter_map(|rest| rest.split([')', '#']).next());
    ticked.chain(linked).filter(|name| is_path(name)).collect()
}

/// Whether it is spelled as a path of the repository is, rather than as a route, a
/// command, a flag or somebody else's address.
fn is_path(name: &str) -> bool {
    let is_spelled = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    let is_elsewhere = ["/", "./", "../", "target/"].iter().any(|start| name.starts_with(start));
    if !name.bytes().all(is_spelled) || is_elsewhere {
        return false;
    }
    let first = name.split('/').next().unwrap_or_default();
    let is_inside = name.contains('/') && repository::root().join(first).is_dir();
    let is_file = ENDINGS.iter().any(|ending| name.ends_with(ending) && name != *ending);
    is_inside || name.ends_with('/') || is_file
}

/// Whether a file of this name, which has no directory, is anywhere below `directory`.
fn is_somewhere(directory: &Path, name: &str) -> bool {
    fs::read_dir(directory).unwrap().flatten().any(|entry| {
        let is_ours = entry.file_name() != "target" && entry.file_name() != ".git";
        let is_directory = entry.file_type().unwrap().is_dir();
        entry.file_name() == name || is_ours && is_directory && is_somewhere(&entry.path(), name)
    })
}

#[test]
fn every_path_that_is_named_exists() {
    let root = repository::root();
    let (mut found, mut missing) = (0, Vec::new());
    for document in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for name in named(&text) {
            found += 1;
            let exists =
                root.join(name).exists() || (!name.contains('/') && is_somewhere(root, name));
            if !exists {
                missing.push(format!("{document} names {name}"));
            }
        }
    }
    assert!(found > 0, "{DOCUMENTS:?} name no path at all");
    assert!(missing.is_empty(), "{missing:#?} which is not there");
}

#[test]
fn paths_are_told_from_everything_else() {
    let text = "`ring/src/gone.rs`, `xtask/`, `gone/`, `Cargo.toml`, [it](node/src/lib.rs#top)\n\
                ```\n`ring/in/a/block.rs`\n```\n\
                `/kv/{key}`, `/ring`, `cargo xtask up`, `--data`, `n/a`, `./data`, `target/tools`, \
                [there](https://example.org/a.md), `serde_json`, `europe/berlin`";
    let paths = ["Cargo.toml", "gone/", "node/src/lib.rs", "ring/src/gone.rs", "xtask/"];
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), paths);
}
