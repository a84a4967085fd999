//! Testing the tests: every deliberate bug is found, and for the right reason.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use ringway_replica::Mutant;

use crate::by_hand::{
    a_clock_behind_meets_an_expired_value, adoption_hides_what_lost, late_copy_meets_a_purged_key,
};
use crate::checker::{Verdict, check};
use crate::scenario::Scenario;
use crate::scenarios::primary_restarts;
use crate::shrink::run;

/// Within how many seeds each must be found.
const WITHIN: u64 = 5_000;

/// How many threads share them.
const THREADS: usize = 2;

const NOT_LINEARIZABLE: &str = "is not linearizable";

/// What gives `mutant` away: the words of the property that it breaks.
fn sign(mutant: Mutant) -> &'static str {
    match mutant {
        Mutant::AckBeforeFsync
        | Mutant::MajorityOfHalf
        | Mutant::QuorumOverUnion
        | Mutant::PullBeforePromise => "was acknowledged, and is on",
        Mutant::BallotReused => "is led by",
        Mutant::PromiseForgotten => "had promised",
        Mutant::PullOverwritesNewer => "goes back from",
        Mutant::ViewOutOfOrder => "goes back to the view of",
        Mutant::DroppedBeforeCompletion => "which is no tombstone",
        Mutant::HandoverInFlight => "unknown after the primary was back",
        Mutant::OlderBallotServed
        | Mutant::ReadUnconfirmed
        | Mutant::DeposedResends
        | Mutant::TombstoneDroppedEarly
        | Mutant::AdoptedUnstamped
        | Mutant::OrderedByWrite
        | Mutant::ExpiryUnwritten
        | Mutant::FloorIgnored
        | Mutant::PullNotCancelled
        | Mutant::ForwardRepeated
        | Mutant::UnknownCalledNotApplied
        | Mutant::UncommittedRead
        | Mutant::ConditionOnOlderBallot
        | Mutant::BallotKept
        | Mutant::SyncedFromOne
        | Mutant::SinceIgnored => NOT_LINEARIZABLE,
    }
}

/// Whether it does harm only where holders change.
fn is_of_moves(mutant: Mutant) -> bool {
    matches!(
        mutant,
        Mutant::BallotKept
            | Mutant::QuorumOverUnion
            | Mutant::SyncedFromOne
            | Mutant::PullBeforePromise
            | Mutant::DroppedBeforeCompletion
            | Mutant::ViewOutOfOrder
            | Mutant::SinceIgnored
    )
}

/// What goes wrong with `seed`, if anything.
fn violation(mutant: Mutant, seed: u64) -> Option<String> {
    if mutant == Mutant::HandoverInFlight {
        return primary_restarts(seed, Some(mutant)).err();
    }
    let by_hand = match mutant {
        Mutant::OrderedByWrite => Some(adoption_hides_what_lost(Some(mutant))),
        Mutant::PullNotCancelled => Some(late_copy_meets_a_purged_key(Some(mutant))),
        Mutant::ExpiryUnwritten => Some(a_clock_behind_meets_an_expired_value(Some(mutant))),
        _ => None,
    };
    if let Some(history) = by_hand {
        return (check(&history) == Verdict::Not).then(|| NOT_LINEARIZABLE.to_owned());
    }
    // Of moves: by the seeds of the ordinary run, as they are.
    let scenario = match (is_of_moves(mutant), Scenario::is_still(seed)) {
        (true, true) => return None,
        (true, false) => Scenario::new(seed),
        (false, _) => Scenario::still(seed),
    };
    run(&Scenario { mutant: Some(mutant), ..scenario }, None).err()
}

#[test]
fn every_mutant_is_found() {
    let next = AtomicUsize::new(0);
    let (found, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (next, found) = (&next, found.clone());
            scope.spawn(move || {
                while let Some(&mutant) = Mutant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seed = (0..WITHIN).find(|&seed| {
                        violation(mutant, seed).is_some_and(|why| why.contains(sign(mutant)))
                    });
                    found.send((mutant, seed)).unwrap();
                }
            });
        }
    });
    drop(found);
    let results: Vec<_> = results.into_iter().collect();
    for (mutant, seed) in &results {
        println!("{mutant:?}: {seed:?}");
    }
    let missed = results.iter().filter(|(_, seed)| seed.is_none()).map(|&(mutant, _)| mutant);
    assert_eq!(missed.collect::<Vec<_>>(), [], "not found within {WITHIN} seeds");
}
