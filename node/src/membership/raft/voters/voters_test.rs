//! Who votes, case by case and step by step.

use super::*;

fn member(number: u32, zone: &str) -> Candidate {
    Candidate {
        number: NodeNumber::new(number),
        zone: zone.parse().unwrap(),
        state: MemberState::Active,
        is_up: true,
        is_lost: false,
        is_caught_up: true,
    }
}

fn numbers(numbers: &[u32]) -> BTreeSet<NodeNumber> {
    numbers.iter().copied().map(NodeNumber::new).collect()
}

/// Takes all steps, each of which must be of one node; returns the voters, and all others.
fn settle(members: &[Candidate], voters: &[u32], learners: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut voters, mut learners) = (numbers(voters), numbers(learners));
    for _ in 0..50 {
        // Whoever leads makes room where it is to vote no longer.
        let leader = *voters.first().unwrap();
        match next_step(leader, members, &voters, &learners) {
            None => {
                let plain =
                    |set: BTreeSet<NodeNumber>| set.into_iter().map(NodeNumber::get).collect();
                return (plain(voters), plain(learners));
            }
            Some(ConfigStep::AddLearner(number)) => assert!(learners.insert(number)),
            Some(ConfigStep::Promote(number)) => {
                assert!(learners.remove(&number) && voters.insert(number));
            }
            Some(ConfigStep::Demote(number)) => {
                assert!(voters.remove(&number) && learners.insert(number));
                assert!(!voters.is_empty(), "somebody must decide");
            }
            Some(ConfigStep::Forget(number)) => assert!(learners.remove(&number)),
        }
    }
    panic!("the configuration never settles")
}

#[test]
fn there_is_an_odd_number_of_voters_up_to_five() {
    for (count, expected) in [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (6, 5), (9, 5)] {
        let members: Vec<_> = (1..=count).map(|number| member(number, "")).collect();
        let (voters, learners) = settle(&members, &[1], &[]);
        assert_eq!(voters.len(), expected);
        assert_eq!(voters.len() + learners.len(), members.len(), "the rest learn");
    }
}

#[test]
fn a_leader_that_votes_no_longer_changes_nothing() {
    let members = [member(1, ""), member(2, "")];
    let (leader, voters) = (NodeNumber::new(1), numbers(&[2]));
    assert_eq!(next_step(leader, &members, &voters, &numbers(&[])), None);
    let expected = Some(ConfigStep::AddLearner(leader));
    assert_eq!(next_step(NodeNumber::new(2), &members, &voters, &numbers(&[])), expected);
}

#[test]
fn voters_are_spread_over_zones() {
    let zones = ["a", "a", "a", "b", "b", "c", "c"];
    let members: Vec<_> = (1..).zip(zones).map(|(number, zone)| member(number, zone)).collect();
    let (voters, _) = settle(&members, &[1, 2, 3], &[]);
    let count_in = |zone: &str| {
        let in_zone = members.iter().filter(|it| it.zone.as_str() == zone);
        in_zone.filter(|it| voters.contains(&it.number.get())).count()
    };
    assert_eq!(voters.len(), 5);
    assert!(["a", "b", "c"].into_iter().all(|zone| (1..=2).contains(&count_in(zone))));
}

#[test]
fn who_votes_goes_on_unless_it_is_lost_or_leaves() {
    let mut members: Vec<_> = (1..=7).map(|number| member(number, "")).collect();
    let voters = [3, 4, 5, 6, 7];
    assert_eq!(settle(&members, &voters, &[1, 2]).0, voters);

    members[4].is_up = false;
    assert_eq!(settle(&members, &voters, &[1, 2]).0, voters, "it may come back");
    members[4].is_lost = true;
    assert_eq!(settle(&members, &voters, &[1, 2]).0, [1, 3, 4, 6, 7]);
    members[6].state = MemberState::Leaving;
    assert_eq!(settle(&members, &voters, &[1, 2]).0, [1, 2, 3, 4, 6]);
}

#[test]
fn who_is_retired_votes_only_where_nobody_else_can() {
    let mut members: Vec<_> = (1..=3).map(|number| member(number, "")).collect();
    members[1].state = MemberState::Retired;
    assert_eq!(settle(&members, &[1, 2, 3], &[]).0, [1], "rather one than three with it");
    members[0].state = MemberState::Retired;
    assert_eq!(settle(&members, &[1, 2, 3], &[]).0, [3]);
    members[2].state = MemberState::Retired;
    assert_eq!(settle(&members, &[1, 2, 3], &[]).0, [1, 2, 3], "somebody must decide");
}

#[test]
fn who_is_behind_or_down_is_not_made_a_voter() {
    let mut members: Vec<_> = (1..=3).map(|number| member(number, "")).collect();
    members[2].is_caught_up = false;
    assert_eq!(settle(&members, &[1], &[2, 3]).0, [1]);
    members[2].is_caught_up = true;
    members[2].is_up = false;
    assert_eq!(settle(&members, &[1], &[2, 3]).0, [1]);
}

#[test]
fn a_lost_voter_stays_where_nobody_can_take_its_place() {
    let mut members: Vec<_> = (1..=3).map(|number| member(number, "")).collect();
    members[2].is_lost = true;
    members[2].is_up = false;
    assert_eq!(settle(&members, &[1, 2, 3], &[]).0, [1, 2, 3]);
}

#[test]
fn who_is_no_member_neither_votes_nor_hears() {
    let members: Vec<_> = (1..=3).map(|number| member(number, "")).collect();
    assert_eq!(settle(&members, &[1, 2, 9], &[3, 8]), (vec![1, 2, 3], vec![]));
}
