//! Which servers come, and which go, where nobody names them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use ringway_ring::NodeId;

use super::{ServersError, Wanted};
use crate::membership::Cluster;

/// What servers are called that nobody names: this, and a number.
const PREFIX: &str = "n";

/// What the servers that are `wanted` are to be called: as they are named, and the others by
/// numbers above all that are `taken`, so that no name comes back while somebody may remember
/// who had it.
///
/// # Errors
/// When a name is taken.
pub(super) fn to_add(
    wanted: &Wanted,
    taken: &BTreeSet<NodeId>,
) -> Result<BTreeSet<NodeId>, ServersError> {
    let mut names = wanted.names();
    if let Some(id) = names.intersection(taken).next() {
        return Err(ServersError::NameTaken { id: id.clone() });
    }
    let highest = taken.union(&names).filter_map(number_of).max().unwrap_or_default();
    let numbers = (highest + 1..).take(wanted.unnamed());
    // A letter and digits are a name.
    names.extend(numbers.filter_map(|number| format!("{PREFIX}{number}").parse().ok()));
    Ok(names)
}

/// The servers that go: those that are named, and of the others first those that are
/// `launched`, of them the ones with the highest numbers. They are the same whoever is asked,
/// since an edge may ask any node.
///
/// # Errors
/// When a name is nobody's, or too few would be left.
pub(super) fn to_remove(
    wanted: &Wanted,
    cluster: &Cluster,
    launched: &BTreeSet<NodeId>,
) -> Result<BTreeSet<NodeId>, ServersError> {
    let mut names = wanted.names();
    if let Some(id) = names.iter().find(|&id| !cluster.members().contains_key(id)) {
        return Err(ServersError::NoSuchServer { id: id.clone() });
    }
    let mut others: Vec<&NodeId> = cluster.active().filter(|&id| !names.contains(id)).collect();
    others.sort_by_key(|&id| (!launched.contains(id), Reverse(by_number(id))));
    let stay = others.len().saturating_sub(wanted.unnamed());
    let goes = others.len() < cluster.active().count() || wanted.unnamed() > 0;
    let (left, copies) = (stay, cluster.replication_factor());
    if goes && left < usize::from(copies.get()) {
        return Err(ServersError::TooFewLeft { left, copies });
    }
    names.extend(others.into_iter().take(wanted.unnamed()).cloned());
    Ok(names)
}

/// The number of a server whose name was made here.
fn number_of(id: &NodeId) -> Option<u32> {
    let digits = id.as_str().strip_prefix(PREFIX)?;
    digits.parse().ok()
}

/// `n10` after `n9`.
fn by_number(id: &NodeId) -> (&str, u64, &NodeId) {
    let stem = id.as_str().trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = id.as_str().strip_prefix(stem).unwrap_or_default();
    (stem, digits.parse().unwrap_or_default(), id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Command;
    use crate::membership::sample::{cluster_of, id, newcomer};

    fn ids(names: &[&str]) -> BTreeSet<NodeId> {
        names.iter().map(|name| id(name)).collect()
    }

    fn wanted(count: usize, names: &[&str]) -> Wanted {
        Wanted { count, names: names.iter().map(|name| id(name)).collect() }
    }

    #[test]
    fn who_is_not_named_gets_the_next_number() {
        let taken = ids(&["n1", "n9", "n10", "a77", "nx", "n"]);
        let added = |count, names: &[&str]| to_add(&wanted(count, names), &taken).unwrap();
        assert_eq!(added(2, &[]), ids(&["n11", "n12"]));
        assert_eq!(added(3, &["b", "n20"]), ids(&["b", "n20", "n21"]));
        assert_eq!(added(1, &["n2"]), ids(&["n2"]));
        let refused = to_add(&wanted(2, &["b", "n9"]), &taken).unwrap_err();
        assert_eq!(refused.code(), "hostname_taken");
    }

    #[test]
    fn the_newest_that_are_launched_go_first() {
        let mut cluster = cluster_of(&["n1", "n2", "n9", "n10", "m11"]);
        cluster.apply(Command::Join(newcomer("n30"))).unwrap();
        let removed = |count, names: &[&str], launched: &[&str]| {
            to_remove(&wanted(count, names), &cluster, &ids(launched)).unwrap()
        };
        assert_eq!(removed(2, &[], &[]), ids(&["n10", "n9"]));
        assert_eq!(removed(2, &[], &["n2", "m11", "x"]), ids(&["n2", "m11"]));
        assert_eq!(removed(2, &["n1"], &[]), ids(&["n1", "n10"]), "as it is told");
        assert_eq!(removed(1, &["n30"], &[]), ids(&["n30"]), "a spare goes too");
    }

    #[test]
    fn as_many_stay_as_each_key_has_copies() {
        let mut cluster = cluster_of(&["n1", "n2", "n3", "n4"]);
        cluster.apply(Command::Join(newcomer("n5"))).unwrap();
        let code = |count, names: &[&str]| {
            let error = to_remove(&wanted(count, names), &cluster, &ids(&[]));
            error.unwrap_err().code().to_owned()
        };
        for (count, names) in
            [(2, &[][..]), (2, &["n2"]), (2, &["n1", "n2"]), (9, &[]), (3, &["n5"])]
        {
            assert_eq!(code(count, names), "too_few_left", "{count} {names:?}");
        }
        assert_eq!(code(1, &["n6"]), "no_such_server");
        // Where there are too few already, who is not in the ring may go.
        let mut two = cluster_of(&["n1", "n2"]);
        two.apply(Command::Join(newcomer("n3"))).unwrap();
        let spare = to_remove(&wanted(1, &["n3"]), &two, &ids(&[]));
        assert_eq!(spare.unwrap(), ids(&["n3"]));
    }
}
