//! The flags of `cargo xtask bench`.

use std::time::Duration;

use clap::Args;

/// The flags of `cargo xtask bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Which benches; all of them where none is named. The beginning of a name, up to a
    /// hyphen, names all that begin so.
    pub names: Vec<String>,
    /// How long a replica is away that has to catch up; less for a quick look.
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub away_seconds: u32,
}

impl BenchArgs {
    /// How long a replica is away.
    #[must_use]
    pub fn away(&self) -> Duration {
        Duration::from_secs(u64::from(self.away_seconds))
    }

    /// Whether the bench `name` is asked for.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| names(wanted, name))
    }

    /// The first name that is none of `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> Option<&str> {
        let is_known = |wanted: &String| known.iter().any(|name| names(wanted, name));
        self.names.iter().find(|wanted| !is_known(wanted)).map(String::as_str)
    }
}

/// Whether `wanted` is `name`, or the beginning of it up to a hyphen.
fn names(wanted: &str, name: &str) -> bool {
    let rest = name.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::BenchArgs;

    #[test]
    fn a_bench_is_named_by_itself_or_with_its_like() {
        let args = |names: &[&str]| BenchArgs {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            away_seconds: 1,
        };
        assert!(args(&[]).wants("edge"));
        assert!(args(&["node", "edge"]).wants("edge"));
        assert!(args(&["replication"]).wants("replication-etcd"));
        assert!(!args(&["replication-etcd"]).wants("replication-reads"));
        assert!(!args(&["rep"]).wants("replication-etcd"));
        assert_eq!(args(&["edge", "rep"]).unknown(&["edge", "replication-etcd"]), Some("rep"));
        assert_eq!(args(&["replication"]).unknown(&["edge", "replication-etcd"]), None);
    }
}
