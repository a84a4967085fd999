//! Testing the tests: every deliberate bug is found.

use ringway_replica::Mutant;

use crate::scenario::Scenario;
use crate::shrink::run;

/// Within how many seeds each must be found.
const WITHIN: u64 = 10_000;

#[test]
fn every_mutant_is_found() {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        let found = (0..WITHIN).find_map(|seed| {
            let scenario = Scenario { mutant: Some(mutant), ..Scenario::new(seed) };
            run(&scenario, None).err().map(|violation| (seed, violation))
        });
        match found {
            Some((seed, violation)) => {
                let first = violation.lines().next().unwrap_or_default().to_owned();
                println!("{mutant:?}: seed {seed}: {first}");
            }
            None => missed.push(mutant),
        }
    }
    assert_eq!(missed, [], "not found within {WITHIN} seeds");
}
