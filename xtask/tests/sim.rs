//! `cargo xtask sim` as a person sees it: which seeds it asks the simulator for, and what
//! it makes of the answer. The simulator itself runs in the tests of `replica/`; a script
//! in Cargo's place stands for it here.
#![allow(clippy::unwrap_used, reason = "a failed expectation may panic where it stands")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// What the script says it was asked, before it does what a test wants.
const ASKED: &str = "#!/bin/sh\necho \"$RINGWAY_SIM_FROM $RINGWAY_SIM_SEEDS $9\" >>\"$0.asked\"\n";

/// The output of `cargo xtask sim`, and what it asked for, where Cargo does as `conduct`.
fn sim(arguments: &[&str], conduct: &str) -> (Output, String) {
    let directory = tempfile::tempdir().unwrap();
    let cargo = directory.path().join("cargo");
    fs::write(&cargo, format!("{ASKED}{conduct}\n")).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.arg("sim").args(arguments).env("CARGO", &cargo).output().unwrap();
    (output, fs::read_to_string(directory.path().join("cargo.asked")).unwrap_or_default())
}

#[test]
fn all_seeds_are_tried_in_batches_and_counted() {
    let passed = "echo 'test result: ok. 1 passed; 0 failed; 0 ignored'";
    let (output, asked) = sim(&["--seeds", "25000", "--from", "7"], passed);
    assert!(output.status.success());
    let test = "seeds::every_seed_holds";
    assert_eq!(asked, format!("7 10000 {test}\n10007 10000 {test}\n20007 5000 {test}\n"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("25000 of 25000 seeds hold, from 7 on\n"), "{said}");
}

#[test]
fn a_seed_that_fails_is_shown_and_ends_it() {
    let failed = "echo 'replay: RINGWAY_SIM_SEED=3 …'; exit 101";
    let (output, asked) = sim(&["--seeds", "20000"], failed);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(asked.lines().count(), 1, "nothing is tried after it");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "replay: RINGWAY_SIM_SEED=3 …\n", "and nothing is said to hold");
}

#[test]
fn that_nothing_ran_is_not_taken_for_success() {
    let nothing = "echo 'test result: ok. 0 passed; 0 failed; 0 ignored'";
    assert_eq!(sim(&["--seeds", "1"], nothing).0.status.code(), Some(1));
    let (output, asked) = sim(&["--seeds", "2", "--from", "18446744073709551615"], nothing);
    assert_eq!((output.status.code(), asked.as_str()), (Some(1), ""));
}
