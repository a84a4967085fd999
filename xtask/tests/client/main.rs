//! `ringway`, the program, as a person at a terminal and a script with pipes use it, through Envoy
//! before three nodes.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

mod bench;
mod browser;
mod completions;
mod desk;
#[path = "../../../node/tests/node/file_tree.rs"]
mod file_tree;
mod files;
mod held_way;
mod login;
mod ring;
mod terminal;
mod transfer;
mod trees;

use desk::Desk;

/// One stack for all of it, which takes longer to start than most of what is tried.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_the_client() {
    let mut desk = Desk::start().await;
    bench::options_may_come_from_the_environment(&desk).await;
    bench::every_workload_asks_for_what_it_should(&desk);
    bench::who_served_what_is_told(&desk);
    bench::a_run_is_seen_while_it_goes_on(&desk).await;
    browser::the_report_is_drawn_without_a_network(&desk).await;
    bench::two_runs_are_compared(&desk);
    bench::what_can_not_be_is_told(&desk);
    completions::each_shell_completes_what_is_typed(&desk).await;
    login::a_password_is_typed_and_not_seen(&desk).await;
    ring::the_ring_is_shown_planned_and_changed(&desk).await;
    bench::servers_come_and_go_meanwhile(&desk).await;
    files::one_file_is_seen_on_its_way(&desk).await;
    trees::an_interrupted_directory_goes_on_and_comes_back_the_same(&mut desk).await;
    transfer::a_store_is_the_same_in_another_cluster(&desk).await;
    transfer::each_value_of_an_export_is_one_that_was_written(&desk).await;
    trees::nobody_notices_that_a_node_dies(&mut desk).await;
}
