//! Several nodes in one process, cut off, killed and started again.
//!
//! On a clock that the runtime winds forward whenever all wait: so seconds of elections take no
//! time, and a slow machine fails nothing.

mod nodes;
mod on_disk;
mod openraft_suite;

use std::time::Duration;

use ringway_ring::{Epoch, Health};
use tokio::time::Instant;

use self::nodes::{Nodes, settings};
use super::ProposeError;
use crate::disk_id::DiskId;
use crate::membership::cluster::sample::{begin, bootstrap, change, complete, id, newcomer};
use crate::membership::{Command, MemberState, Refused};

/// More than a snapshot waits for, and the log keeps behind it.
const MANY: u32 = 700;

#[tokio::test(start_paused = true)]
async fn every_node_does_the_same_commands_in_the_same_order() {
    let nodes = Nodes::of(&["n1", "n2", "n3"]).await;
    let mut last = Epoch::FIRST;
    for (round, name) in (1..).zip(["n1", "n2", "n3", "n2", "n1"]) {
        let epoch = nodes.propose(name, settings(round)).await.unwrap();
        assert!(epoch > last, "{name} asks whoever leads, and gets the next epoch");
        last = epoch;
    }
    nodes.all_reach(last).await;
    let states: Vec<_> = nodes.names().map(|name| nodes.present(name).to_bytes()).collect();
    assert!(states.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(nodes.present("n3").settings().grace_seconds, 5);
}

#[tokio::test(start_paused = true)]
async fn a_killed_leader_is_replaced_within_three_seconds() {
    let mut nodes = Nodes::of(&["n1", "n2", "n3", "n4", "n5"]).await;
    for round in 1..=2 {
        let leader = nodes.leader().await;
        nodes.kill(leader).await;
        let killed = Instant::now();
        let other = nodes.names().next().unwrap();
        let epoch = nodes.propose(other, settings(round)).await.unwrap();
        let took = killed.elapsed();
        assert!(took < Duration::from_secs(3), "the next command took {took:?}");
        nodes.all_reach(epoch).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_starts_again_knows_the_cluster_before_it_hears_from_anybody() {
    for commands in [3, MANY] {
        let mut nodes = Nodes::of(&["n1", "n2", "n3"]).await;
        let mut epoch = Epoch::FIRST;
        for round in 1..=commands {
            epoch = nodes.propose("n1", settings(round)).await.unwrap();
        }
        nodes.all_reach(epoch).await;
        assert_eq!(nodes.has_purged("n2"), commands == MANY, "else this is the other case");
        let before = nodes.present("n2");
        for name in ["n1", "n2", "n3"] {
            nodes.kill(name).await;
        }
        nodes.start("n2").await;
        let known = nodes.wait_present("n2").await;
        assert_eq!(known.members(), before.members());
        assert!(known.epoch() >= Epoch::new(before.epoch().get() - 1), "but for the last commit");

        nodes.start("n1").await;
        let next = nodes.propose("n2", settings(0)).await.unwrap();
        assert_eq!(next, epoch.next(), "nothing that was acknowledged is lost");
        nodes.start("n3").await;
        nodes.all_reach(next).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_killed_as_soon_as_it_is_a_member_is_one_when_it_starts_again() {
    let mut nodes = Nodes::of(&["n1"]).await;
    nodes.start("n2").await;
    nodes.propose("n1", Command::Join(newcomer("n2"))).await.unwrap();
    let known = nodes.wait_present("n2").await;
    nodes.kill("n2").await;
    nodes.kill("n1").await;
    nodes.start("n2").await;
    assert_eq!(nodes.wait_present("n2").await.members(), known.members());
}

#[tokio::test(start_paused = true)]
async fn a_minority_decides_nothing_and_learns_what_was_decided() {
    let nodes = Nodes::of(&["n1", "n2", "n3", "n4", "n5"]).await;
    let leader = nodes.leader().await;
    let mut others = nodes.names().filter(|&name| name != leader);
    let (minority, majority) = ([leader, others.next().unwrap()], others.next().unwrap());
    nodes.cut(&minority);

    // The old leader does not know yet that nobody hears it; the other one only hears it.
    let before = nodes.present(leader).epoch();
    let grace = settings(1);
    let outcome = nodes.propose(leader, grace.clone()).await.unwrap_err();
    assert!(matches!(outcome, ProposeError::Unknown { .. }), "it may be done yet: {outcome}");
    let refused = nodes.propose(leader, grace).await.unwrap_err();
    assert_eq!(refused, ProposeError::NoLeader, "by now it knows");
    assert!(!nodes.is_leader(leader));
    assert_eq!(nodes.present(leader).epoch(), before);

    let decided = nodes.propose(majority, settings(2)).await.unwrap();
    nodes.heal();
    nodes.all_reach(decided).await;
    assert_eq!(nodes.present(leader).settings().grace_seconds, 2);
    let next = nodes.propose(leader, settings(3)).await.unwrap();
    nodes.all_reach(next).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_away_catches_up() {
    let mut nodes = Nodes::of(&["n1", "n2", "n3"]).await;
    nodes.kill("n3").await;
    let mut epoch = Epoch::FIRST;
    for round in 1..=MANY {
        epoch = nodes.propose("n1", settings(round)).await.unwrap();
    }
    nodes.start("n3").await;
    nodes.all_reach(epoch).await;
    assert_eq!(nodes.present("n3").settings().grace_seconds, MANY);
}

#[tokio::test(start_paused = true)]
async fn who_joins_when_the_log_is_gone_gets_a_snapshot_and_keeps_it() {
    let mut nodes = Nodes::of(&["n1", "n2", "n3"]).await;
    let mut round = 0;
    while !nodes.has_purged(nodes.leader().await) {
        round += 1;
        nodes.propose("n1", settings(round)).await.unwrap();
    }
    nodes.start("n4").await;
    let epoch = nodes.propose("n1", Command::Join(newcomer("n4"))).await.unwrap();
    nodes.all_reach(epoch).await;
    // Which it does once its disk has all that it knows.
    nodes.wait_present("n4").await;
    nodes.kill("n4").await;
    nodes.cut(&["n4"]);
    nodes.start("n4").await;
    nodes.reaches("n4", epoch).await;
    assert_eq!(nodes.present("n4").settings().grace_seconds, round);
}

#[tokio::test(start_paused = true)]
async fn members_vote_up_to_five_and_the_rest_listen() {
    let mut nodes = Nodes::of(&["n1", "n2", "n3", "n4", "n5", "n6", "n7"]).await;
    nodes.until_voters(5).await;
    nodes.propose("n1", Command::Leave { node: id("n7") }).await.unwrap();
    nodes.kill("n7").await;
    nodes.until_heard(6).await;

    // A voter that stays down is replaced by one that listened; after that two more may fail.
    let leader = nodes.leader().await;
    let voter = nodes.another_voter(leader).await;
    nodes.kill(voter).await;
    let down = Command::Health { up: [].into(), down: [id(voter)].into() };
    nodes.propose(leader, down).await.unwrap();
    nodes.until_not_voting(voter).await;
    assert_eq!(nodes.voters().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_retired_makes_room_for_the_next_and_still_hears() {
    let mut nodes = Nodes::of(&["n1", "n2", "n3", "n4"]).await;
    // The first holds everything, so it can't be the one.
    nodes.kill("n1").await;
    let retired = nodes.leader().await;
    nodes.start("n1").await;
    let retire = Command::Retire { nodes: [id(retired)].into() };
    nodes.propose("n1", retire).await.unwrap();
    nodes.until_not_led_by(retired).await;
    nodes.until_not_voting(retired).await;
    nodes.until_voters(3).await;
    let epoch = nodes.propose(retired, settings(1)).await.unwrap();
    nodes.all_reach(epoch).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_cluster_refuses_comes_back_as_its_sentence_from_any_node() {
    let nodes = Nodes::of(&["n1", "n2", "n3"]).await;
    let mut stranger = newcomer("n2");
    stranger.disk = DiskId::new([0xba; 16]);
    for name in ["n1", "n2", "n3"] {
        let refused = nodes.propose(name, Command::Join(stranger.clone())).await.unwrap_err();
        let is_other_disk = |refused: &Refused| matches!(refused, Refused::OtherDisk { .. });
        assert!(matches!(&refused, ProposeError::Refused(it) if is_other_disk(it)), "{refused}");
        let again = nodes.bootstrap(name, bootstrap(name)).await.unwrap_err();
        let is_second = matches!(again, ProposeError::Refused(Refused::AlreadyBootstrapped { .. }));
        assert!(is_second, "{again}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ring_is_changed_through_any_node() {
    let nodes = Nodes::of(&["n1", "n2", "n3"]).await;
    nodes.propose("n2", change(&["n2", "n3"], &[])).await.unwrap();
    let all = nodes.leads().await.to_begin(0, |_| true);
    nodes.propose("n3", begin(all)).await.unwrap();
    let all = nodes.leads().await.to_complete(|_, _, _| true);
    let epoch = nodes.propose("n1", complete(all)).await.unwrap();
    nodes.all_reach(epoch).await;
    for name in ["n1", "n2", "n3"] {
        let present = nodes.present(name);
        assert_eq!(present.list_length(), 3);
        assert!(present.members().values().all(|member| member.state == MemberState::Active));
        assert!(present.members().values().all(|member| member.health == Health::Up));
        assert_eq!(present.view().epoch(), epoch);
    }
}
