//! How many tests passed.

use std::fmt;

use crate::skip::SKIPPED;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Ran, and found what they should.
    pub passed: u64,
    /// Did not.
    pub failed: u64,
    /// Had nothing to run on.
    pub skipped: u64,
}

impl Tally {
    /// Counts what a line of a test runner's output tells of, if anything.
    pub(crate) fn read(&mut self, line: &str) {
        if line.contains(SKIPPED) {
            // The runner knows no such thing and will count it among those that passed.
            self.skipped += 1;
            self.passed = self.passed.wrapping_sub(1);
        }
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        for count in counts.split(['.', ';']) {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|number| number.parse::<u64>().ok());
            match (number, words.next()) {
                (Some(number), Some("passed")) => self.passed = self.passed.wrapping_add(number),
                (Some(number), Some("failed")) => self.failed += number,
                (Some(number), Some("ignored")) => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(out, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn runners_are_added_up_and_what_was_skipped_did_not_pass() {
        let mut tally = Tally::default();
        let output = "running 3 tests\n\
            test a ... SKIPPED: there is no Docker\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; finished in 0.10s\n\
            2 passed, as a test may say itself\n";
        output.lines().for_each(|line| tally.read(line));
        assert_eq!(tally.to_string(), "14 passed, 2 failed, 2 skipped");
    }
}
