//! A network of a test's own: a namespace in which it may lay and cut what it wants, and which
//! is gone when the test is, however that ends.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use xtask::artifacts::{Artifacts, Profile};
use xtask::group::Group;
use xtask::setup;
use xtask::skip::skip;

/// Tells the test that it is in there.
const INSIDE: &str = "RINGWAY_TEST_HAS_OWN_NETWORK";
/// As root, and as any user whom the system lets be root of nothing but their own namespaces.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];
/// Once all that is done in there.
const PROBE: &str = "
    ip link set lo up &&
    echo 1 >/proc/sys/net/ipv4/ip_forward &&
    ip link add probe0 type veth peer name probe1 &&
    ip rule add iif probe0 to 192.0.2.1 blackhole &&
    unshare --net true &&
    nsenter --net=/proc/self/ns/net true";

/// Runs the test called `test` once more, in a network of its own, and panics where it fails
/// there. Returns whether this is that run already. Where such a network can't be had, it says
/// that the test is skipped.
pub(crate) async fn is_entered(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    match way().await {
        Ok(way) => run_inside(way, test).await,
        Err(reason) => skip(&format!("{test} needs a network of its own: {reason}")),
    }
    false
}

/// The flags with which `unshare` makes one, or why none do.
async fn way() -> Result<&'static [&'static str], String> {
    setup::iproute().await.map_err(|error| error.to_string())?;
    let mut reasons = Vec::new();
    for way in WAYS {
        let probe = Command::new("unshare").args(way).args(["sh", "-c", PROBE]).output();
        match probe {
            Ok(output) if output.status.success() => return Ok(way),
            Ok(output) => reasons.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => return Err(format!("unshare could not be started ({error})")),
        }
    }
    Err(reasons.join("; "))
}

async fn run_inside(way: &[&str], test: &str) {
    // There is no way to the registries from in there.
    Artifacts::get(Profile::Dev, false).await.unwrap();
    // What the test starts is not left behind where this process is killed.
    let group = Group::new().unwrap();
    let mut command = Command::new("unshare");
    command.args(way).arg("--").arg(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
    command.process_group(group.id());
    // What the inner runner counts is none of the outer one's business.
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let inside = tokio::process::Command::from(command).kill_on_drop(true).status();
    assert!(inside.await.unwrap().success(), "{test} failed; what it said is above");
}
