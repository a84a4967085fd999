//! One container by itself.

use std::time::Duration;

use xtask::stack::PortBlock;
use xtask::wait;

use crate::project::{Images, succeeds};

const PATIENCE: Duration = Duration::from_mins(2);

/// A container by its name. It is removed on drop.
struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        succeeds("docker", &["rm", "--force", "--volumes", &self.0]);
    }
}

/// As `docs/seeds.md` says.
pub(crate) async fn one_server(images: &Images) {
    let mut ports = PortBlock::claim().unwrap();
    let port = ports.free_port().unwrap();
    let (publish, image) =
        (format!("127.0.0.1:{port}:8080"), format!("ringway-node:{}", images.tag));
    let container = Container(format!("{}-alone", images.tag));
    let run = ["run", "--detach", "--name", &container.0, "--publish", &publish];
    let server = ["--env", "SERVER_ID=Server1", &image, "node", "--bootstrap", "--auth", "off"];
    assert!(succeeds("docker", &[&run[..], &server].concat()));
    let mut said = None;
    let is_there = wait::until(PATIENCE, async || {
        let home = reqwest::get(format!("http://127.0.0.1:{port}/home")).await;
        let Ok(home) = home else { return false };
        said = home.text().await.ok();
        said.as_ref().is_some_and(|said| said.contains("Hello from Server: Server1"))
    });
    assert!(is_there.await, "{said:?}");
}
