//! `ringway get KEY [-o FILE]`

use std::path::PathBuf;

use ringway_ring::Key;
use serde_json::json;

use super::{CommonArgs, key};
use crate::client_error::ClientError;
use crate::consistency::Consistency;
use crate::entry::Entry;
use crate::output::{print_bytes, print_json};
use crate::output_file::OutputFile;
use crate::stored_value::StoredValue;

/// The flags of `ringway get`.
#[derive(Clone, Debug, clap::Args)]
pub struct GetArgs {
    /// Which.
    #[arg(value_parser = key)]
    key: Key<'static>,
    /// Where the value goes, instead of standard output. It is there whole, or as it was before.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How sure the value is to be the last.
    #[arg(long, value_enum, default_value_t)]
    consistency: Consistency,
    #[command(flatten)]
    common: CommonArgs,
}

impl GetArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let stored = self.common.api()?.get(&self.key, self.consistency).await?;
        match &self.output {
            Some(path) if path.as_os_str() != "-" => {
                let mut file = OutputFile::create(path)?;
                file.write(&stored.bytes)?;
                file.complete(true)?;
                if self.common.json { print_json(&self.about(&stored)) } else { Ok(()) }
            }
            _ if self.common.json => print_json(&Entry::of(self.key.as_str(), stored)),
            _ => print_bytes(&stored.bytes),
        }
    }

    /// What there is to say of a value that is in a file.
    fn about(&self, stored: &StoredValue) -> serde_json::Value {
        json!({
            "key": self.key.as_str(),
            "version": stored.version,
            "content_type": stored.content_type,
            "bytes": stored.bytes.len(),
        })
    }
}
