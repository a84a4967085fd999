//! `ringway get KEY [-o FILE]`, `ringway get --recursive PREFIX -o DIR`

use std::path::PathBuf;

use ringway_ring::Key;
use serde_json::json;

use super::get_tree::GetTree;
use super::{CommonArgs, key};
use crate::bulk::{Parallel, unless_interrupted};
use crate::client_error::ClientError;
use crate::consistency::Consistency;
use crate::entry::Entry;
use crate::output::{print_bytes, print_json};
use crate::output_file::OutputFile;
use crate::stored_value::StoredValue;
use crate::transfer_bar::TransferBar;

/// The flags of `ringway get`.
#[derive(Clone, Debug, clap::Args)]
pub struct GetArgs {
    /// Which.
    #[arg(value_parser = key, required_unless_present = "recursive")]
    key: Option<Key<'static>>,
    /// Where the value goes, instead of standard output. It is there whole, or as it was before.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What keys begin with, up to a slash: the value of each goes to a file below the directory
    /// that `--output` names. What is there already with the same checksum is passed over, so
    /// that this goes on where it ended. "" for all keys.
    #[arg(long, value_name = "PREFIX", conflicts_with = "key", requires = "output")]
    recursive: Option<String>,
    #[command(flatten)]
    parallel: Parallel,
    /// How sure the value is to be the last.
    #[arg(long, value_enum, default_value_t)]
    consistency: Consistency,
    #[command(flatten)]
    common: CommonArgs,
}

impl GetArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { parallel, consistency, .. } = self;
        if let (Some(prefix), Some(directory)) = (self.recursive, &self.output) {
            let directory = directory.clone();
            let tree = GetTree { prefix, directory, parallel, consistency };
            return tree.run(&self.common).await;
        }
        let Some(key) = self.key else { unreachable!("the command line has a key") };
        let bar = TransferBar::new();
        let api = self.common.api()?.shown_by(&bar);
        let stored = unless_interrupted(api.get(&key, consistency)).await?;
        // Before what was read: two things on one terminal would be neither.
        drop(bar);
        match &self.output {
            Some(path) if path.as_os_str() != "-" => {
                let mut file = OutputFile::create(path)?;
                file.write(&stored.bytes)?;
                file.complete(true)?;
                if self.common.json { print_json(&about(&key, &stored)) } else { Ok(()) }
            }
            _ if self.common.json => print_json(&Entry::of(key.as_str(), stored)),
            _ => print_bytes(&stored.bytes),
        }
    }
}

/// What there is to say of a value that is in a file.
fn about(key: &Key<'_>, stored: &StoredValue) -> serde_json::Value {
    json!({
        "key": key.as_str(),
        "version": stored.version,
        "content_type": stored.content_type,
        "bytes": stored.bytes.len(),
    })
}
