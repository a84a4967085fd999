//! What `cargo xtask agree` does with a million keys, with fewer.
#![allow(clippy::unwrap_used, reason = "a failed expectation may panic where it stands")]

use xtask::agree::{Forms, agree};
use xtask::artifacts::Profile;

/// All that can become of a key.
const OUTCOMES: [&str; 13] = [
    "mapped",
    "refused as bad_escape",
    "refused as bad_query",
    "refused as id_not_integer",
    "refused as invalid_utf8",
    "refused as key_empty",
    "refused as key_too_long",
    "refused without words",
    "to n1",
    "to n2",
    "to n3",
    "to n4",
    "to n5",
];

#[tokio::test]
async fn both_edges_and_the_nodes_agree_on_keys_of_every_kind() {
    let keys = 20_000;
    let found = agree(0..keys, Forms::OneEach, Profile::Dev).await.unwrap();
    assert_eq!(found.different, Vec::<String>::new());
    println!("{found}");
    assert_eq!(found.alike.values().sum::<u64>(), keys);
    assert!(found.again <= keys / 100, "what is answered alike only sometimes is no agreement");
    assert_eq!(found.alike.keys().collect::<Vec<_>>(), OUTCOMES);
    assert!(found.alike.values().all(|&count| count > keys / 1000), "{found}");
}
