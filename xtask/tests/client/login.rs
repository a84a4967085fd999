//! A password that is typed.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use xtask::group::Group;
use xtask::stack::Process;
use xtask::wait;

use crate::desk::{Desk, PATIENCE};
use crate::terminal::Terminal;

const PASSWORD: &str = "Zq7-xylophone-Vw";

pub(crate) async fn a_password_is_typed_and_not_seen(desk: &Desk) {
    let Some(terminal) = Terminal::at(desk).await else { return };
    let file = desk.path("admin-password");
    let mut options = fs::File::options();
    let mut opened = options.write(true).create_new(true).mode(0o600).open(&file).unwrap();
    opened.write_all(PASSWORD.as_bytes()).unwrap();
    let mut node = desk.ringway(&["node", "--bootstrap", "--port", "0", "--peer-port", "0"]);
    node.args(["--auth", "required", "--data-directory", "guarded", "--admin-password-file"]);
    node.arg(&file);
    let (log, group) = (desk.path("guarded.log"), Group::new().unwrap());
    let _node = Process::spawn("node", node, &log, &group).unwrap();
    let mut url = String::new();
    let is_up = wait::until(PATIENCE, async || {
        let said = fs::read_to_string(&log).unwrap_or_default();
        let found = said.split("listens on ").nth(1).and_then(|rest| rest.split('\n').next());
        found.unwrap_or_default().trim().clone_into(&mut url);
        !url.is_empty()
    });
    assert!(is_up.await, "the node does not start");

    for (typed, said, status) in
        [("Zq7-xylophone-Vx", "password is wrong", 1), (PASSWORD, "logged in to", 0)]
    {
        terminal.enter(&format!("ringway login admin --url {url}"));
        terminal.sees(|screen| screen.contains("admin's password:")).await;
        terminal.enter(typed);
        let screen = terminal.sees(|screen| screen.contains(said)).await;
        for part in ["Zq7", "xylo", "phone", "-V"] {
            assert!(!screen.contains(part), "{screen}");
        }
        assert_eq!(terminal.status().await, status);
        terminal.enter("echo what is typed is seen again");
        terminal.sees(|screen| screen.matches("what is typed is seen again").count() == 2).await;
        terminal.enter("clear");
        terminal.sees(|screen| !screen.contains("again")).await;
    }
}
