//! `ringway explain KEY`

use ringway_ring::Key;
use serde_json::Value;

use super::{CommonArgs, key};
use crate::client_error::ClientError;
use crate::output::{print_bytes, print_json};

/// The flags of `ringway explain`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExplainArgs {
    /// Which; it need not be there.
    #[arg(value_parser = key)]
    key: Key<'static>,
    #[command(flatten)]
    common: CommonArgs,
}

impl ExplainArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let explained = self.common.api()?.explain(&self.key).await?;
        if self.common.json {
            return print_json(&explained);
        }
        print_bytes(told(&explained).as_bytes())
    }
}

/// A line for each thing that is said.
fn told(explained: &Value) -> String {
    let shown = |name: &str| match explained.get(name) {
        None | Some(Value::Null) => "nobody".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    };
    let line = |name: &str| format!("{name:<10} {}\n", shown(name));
    ["key", "position", "partition", "epoch", "replicas", "reachable", "serves", "why"]
        .map(line)
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_a_line_for_each_thing() {
        let explained = serde_json::json!({
            "key": "a", "position": "d24ec4f1a98c6e5b", "partition": 3675, "epoch": 7,
            "replicas": ["n1", "n2"], "reachable": ["n2"], "serves": null, "why": "so it is",
        });
        let expected = "\
key        a
position   d24ec4f1a98c6e5b
partition  3675
epoch      7
replicas   n1, n2
reachable  n2
serves     nobody
why        so it is
";
        assert_eq!(told(&explained), expected);
    }
}
