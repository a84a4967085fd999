//! What a node makes of its disk and of hyper.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::Figure;
use super::median::median;
use super::program::Program;
use super::put_script;
use super::wrk::Load;
use crate::artifacts::{Artifacts, Profile};
use crate::repository;

/// Rounds, in each of which everything that is compared is measured once.
const ROUNDS: usize = 9;
/// How many connections read.
const READERS: u32 = 32;
/// The clients of a node that many write to.
const WRITERS: u32 = 64;

/// The figures of one node, without an edge.
///
/// # Errors
/// When nothing can be built, started or loaded.
pub(super) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let node = Artifacts::get(Profile::Release, false).await?.node;
    let mut build = repository::cargo();
    build.args(["build", "--release", "--package", "ringway", "--example", "bare_hyper"]);
    if !build.status()?.success() {
        return Err("the bare hyper server does not compile".into());
    }
    let bare = node.with_file_name("examples").join("bare_hyper");
    let directory = tempfile::tempdir()?;
    let node = Program::start_node(&node, &directory.path().join("data"))?;
    let bare = Program::start(Command::new(bare))?;
    Ok(vec![puts(&node, directory.path())?, gets(&node, &bare, directory.path())?])
}

/// Durable writes of many clients against those of one: group commit at work.
fn puts(node: &Program, scripts: &Path) -> Result<Figure, Box<dyn Error>> {
    let url = format!("{}/kv/", node.url());
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let rate = |clients| {
            let script = put_script::write(scripts, format!("{round}-{clients}"))?;
            Load { clients, script: Some(&script) }.requests_per_second(&url)
        };
        let (one, many) = (rate(1)?, rate(WRITERS)?);
        ratios.push(many / one);
    }
    let name = format!("durable PUT/s, {WRITERS} clients ÷ 1 client");
    Ok(Figure::at_least(name, median(&mut ratios), 8.0, "×"))
}

/// Reads of a node against a server that has nothing to do but to answer.
fn gets(node: &Program, bare: &Program, scripts: &Path) -> Result<Figure, Box<dyn Error>> {
    let script = scripts.join("put-one.lua");
    let body = r#"wrk.method = "PUT"; wrk.body = string.rep("x", 256)"#;
    fs::write(&script, body)?;
    let target = format!("{}/kv/value", node.url());
    Load { clients: 1, script: Some(&script) }.requests_per_second(&target)?;
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let load = Load { clients: READERS, script: None };
        let rate =
            |server: &Program| load.requests_per_second(&format!("{}/kv/value", server.url()));
        // Each goes first in turn: a machine that slows down favours neither.
        let (ours, theirs) = if round % 2 == 0 {
            let ours = rate(node)?;
            (ours, rate(bare)?)
        } else {
            let theirs = rate(bare)?;
            (rate(node)?, theirs)
        };
        ratios.push(ours / theirs);
    }
    Ok(Figure::at_least("GET/s, node ÷ bare hyper", median(&mut ratios), 0.8, ""))
}
