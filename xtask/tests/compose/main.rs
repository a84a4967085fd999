//! What Compose starts, as a person sees it, where Docker is there: `docker compose --profile haproxy
//! up --build`, and the same with `docker-compose.secure.yml` on top.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

mod alone;
mod hardening;
mod plain;
mod project;
mod secure;

use project::{Images, Project, compose_command};
use xtask::skip::skip;

// One test, since the images are built once, and one cluster at a time is enough for a machine.
#[tokio::test]
async fn all_that_compose_starts_does_what_it_is_there_for() {
    let compose = match compose_command() {
        Ok(compose) => compose,
        Err(reason) => return skip(&format!("the containers were not tested: {reason}")),
    };
    let images = Images::build(compose).await;
    alone::one_server(&images).await;
    plain::five_nodes_and_both_edges(&Project::plain(&images)).await;
    secure::tokens_and_tls(&images).await;
}

#[test]
fn every_container_may_do_as_little_as_it_can() {
    if let Err(reason) = hardening::every_container_may_do_as_little_as_it_can() {
        skip(&format!("what Compose is told was not looked at: {reason}"));
    }
}
