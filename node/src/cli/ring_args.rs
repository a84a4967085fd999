//! The flags of `ringway ring`.

use std::num::{NonZeroU16, NonZeroU64};

use clap::Subcommand;
use ringway_client::EndpointArgs;
use ringway_ring::{NodeId, Weight};

use crate::membership::{Change, SettingsChange};

const EXIT_CODES: &str = "\
Exit status: 0 when it is done, 1 when the cluster refuses it or it was called off, 64 when the
command line makes no sense, 69 when nobody answers or the cluster can't decide at present, 74 when
standard output can't be written, 75 when it is not known whether it was done: to ask again is safe.";

/// The flags of `ringway ring`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct RingArgs {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: RingCommand,

    #[command(flatten)]
    pub(super) endpoint: EndpointArgs,

    /// Print the answer as JSON, for programs.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// What is done with the ring.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum RingCommand {
    /// Show who is in the ring, what each holds, and what is moving.
    Show,
    /// Show what a change would do: what moves from where to where, how evenly all is spread
    /// before and after, how long it takes. Changes nothing.
    Plan(ChangeArgs),
    /// Change the ring, after a look at the plan. Nodes that are as they shall be already are
    /// passed over, so it can be repeated. Without a change: balance what there is.
    Apply(ApplyArgs),
    /// Stop a change that is on its way. What has arrived stays, the rest goes back.
    Cancel,
    /// Forget a node that is not in the ring: it has to join anew to come back.
    Leave {
        /// Which.
        id: NodeId,
    },
    /// Show what can be set while the cluster runs, or set some of it.
    Settings(SettingsArgs),
}

/// How the ring shall be, told by what is different.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ChangeArgs {
    /// Nodes that shall be in the ring. They have joined the cluster before.
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    add: Vec<NodeId>,
    /// Nodes that shall not.
    #[arg(long, value_name = "ID[,ID]", value_delimiter = ',')]
    remove: Vec<NodeId>,
    /// How much of the ring nodes shall take, compared with others.
    #[arg(long, value_name = "ID=N[,ID=N]", value_delimiter = ',', value_parser = weight)]
    weight: Vec<(NodeId, Weight)>,
}

impl ChangeArgs {
    pub(super) fn into_change(self) -> Change {
        let Self { add, remove, weight } = self;
        Change {
            add: add.into_iter().collect(),
            remove: remove.into_iter().collect(),
            weights: weight.into_iter().collect(),
        }
    }
}

/// How a change is carried out.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// Don't show the plan, and don't ask.
    #[arg(long)]
    pub(super) yes: bool,
    /// Wait until everything has arrived.
    #[arg(long)]
    pub(super) wait: bool,
}

/// What can be set. What is not named stays.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SettingsArgs {
    /// How long a node may be down before others take over what it holds.
    #[arg(long, value_name = "N")]
    grace_seconds: Option<u32>,
    /// How many bytes a second each node copies at most while partitions move to it; `none`
    /// for as many as it can.
    #[arg(long, value_name = "N|none", value_parser = limit)]
    handoff_bytes_per_second: Option<Limit>,
    /// How many partitions move at once, and begin to in two seconds.
    #[arg(long, value_name = "N")]
    moving_max: Option<NonZeroU16>,
}

#[derive(Clone, Copy, Debug)]
struct Limit(Option<NonZeroU64>);

impl SettingsArgs {
    pub(super) fn into_change(self) -> SettingsChange {
        let Self { grace_seconds, handoff_bytes_per_second, moving_max } = self;
        let handoff_bytes_per_second = handoff_bytes_per_second.map(|Limit(limit)| limit);
        SettingsChange { grace_seconds, handoff_bytes_per_second, moving_max }
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    let bytes = text.parse().map_err(|_| "it must be a number of bytes above 0, or none")?;
    Ok(Limit(Some(bytes)))
}

fn weight(text: &str) -> Result<(NodeId, Weight), String> {
    let (id, weight) = text.split_once('=').ok_or("it must be ID=N, like n3=2")?;
    let id = id.parse().map_err(|error: ringway_ring::NodeIdError| error.to_string())?;
    let weight = weight.parse().map_err(|error: ringway_ring::WeightError| error.to_string())?;
    Ok((id, weight))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};
    use crate::settings_request::SettingsRequest;

    fn parsed(words: &[&str]) -> Result<RingCommand, clap::Error> {
        let words = ["ringway", "ring"].iter().chain(words);
        match Args::try_parse_from(words)?.command {
            Command::Ring(args) => Ok(args.command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_may_be_written_with_commas_or_as_many_flags() {
        let words = ["plan", "--add", "n6,n7", "--add=n8", "--remove", "n2", "--weight", "n3=2"];
        let Ok(RingCommand::Plan(args)) = parsed(&words) else { panic!() };
        let change = serde_json::to_value(args.into_change()).unwrap();
        let expected = serde_json::json!({
            "add": ["n6", "n7", "n8"], "remove": ["n2"], "weights": { "n3": 2 },
        });
        assert_eq!(change, expected);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (words, named) in [
            (&["plan", "--weight", "n3"][..], "n3=2"),
            (&["plan", "--weight", "n3=0"], "weight"),
            (&["plan", "--add", "n 3"], "--add"),
            (&["leave"], "<ID>"),
            (&["settings", "--handoff-bytes-per-second", "0"], "or none"),
            (&["show", "--url", "10.0.0.1:8080"], "http://HOST:PORT"),
            (&["show", "--url", "ftp://n1"], "http://HOST:PORT"),
            (&["show", "--url", "http://n1/ring"], "http://HOST:PORT"),
        ] {
            let error = parsed(words).unwrap_err().to_string();
            assert!(error.contains(named), "{words:?}: {error}");
        }
    }

    #[test]
    fn a_limit_can_be_taken_away() {
        for (word, json) in [("none", "null"), ("1048576", "1048576")] {
            let words = ["settings", "--handoff-bytes-per-second", word];
            let Ok(RingCommand::Settings(args)) = parsed(&words) else { panic!() };
            let sent = SettingsRequest::from(args.into_change());
            let sent = serde_json::to_string(&sent).unwrap();
            assert_eq!(sent, format!("{{\"handoff_bytes_per_second\":{json}}}"));
        }
    }
}
