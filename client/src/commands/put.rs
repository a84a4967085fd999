//! `ringway put KEY [VALUE | --file FILE | -]`, `ringway put --recursive DIR --prefix PREFIX`

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use bytes::Bytes;
use http::HeaderValue;
use ringway_ring::Key;
use serde_json::json;

use super::put_tree::{How, PutTree};
use super::{CommonArgs, key};
use crate::api::NewValue;
use crate::bulk::{Parallel, unless_interrupted};
use crate::client_error::ClientError;
use crate::output::{print_json, print_line};
use crate::put_condition::PutCondition;
use crate::transfer_bar::TransferBar;
use crate::ttl::Ttl;

/// What a value of the command line is.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The flags of `ringway put`.
#[derive(Clone, Debug, clap::Args)]
pub struct PutArgs {
    /// Under which key.
    #[arg(value_parser = key, required_unless_present = "recursive")]
    key: Option<Key<'static>>,
    /// What; `-`, or nothing where it is no terminal, for what comes by standard input.
    #[arg(allow_negative_numbers = true, conflicts_with = "file")]
    value: Option<String>,
    /// The file to store; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A directory: each file below it is stored under its path from there on. What is there
    /// already with the same checksum is passed over, so that this goes on where it ended.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["key", "value", "file", "if_match"])]
    recursive: Option<PathBuf>,
    /// What stands before those paths: it is followed by a slash.
    #[arg(long, default_value = "", hide_default_value = true, requires = "recursive")]
    prefix: String,
    #[command(flatten)]
    parallel: Parallel,
    /// What kind of value it is. Unless said, what VALUE has is text, the rest is not said to be
    /// anything.
    #[arg(long, value_name = "TYPE/SUBTYPE")]
    content_type: Option<HeaderValue>,
    /// For how long it is to be there: seconds, or like 90s, 15m, 36h or 7d.
    #[arg(long, value_name = "TIME")]
    ttl: Option<Ttl>,
    #[command(flatten)]
    condition: PutCondition,
    #[command(flatten)]
    common: CommonArgs,
}

impl PutArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let Self { recursive, prefix, parallel, content_type, ttl, condition, .. } = self;
        if let Some(directory) = recursive {
            let how = How { content_type, ttl, condition };
            return PutTree { directory, prefix, parallel, how }.run(&self.common).await;
        }
        let Some(key) = self.key else { unreachable!("the command line has a key") };
        let api = self.common.api()?;
        let is_text = self.value.as_ref().is_some_and(|value| value != "-");
        let content_type = content_type.or_else(|| is_text.then_some(TEXT));
        let bytes = bytes_of(self.value, self.file)?;
        let value = NewValue { bytes, content_type, ttl, condition };
        // What somebody has typed needs no time.
        let bar = (!is_text).then(TransferBar::new);
        let api = match &bar {
            Some(bar) => api.shown_by(bar),
            None => api,
        };
        let (written, created) = unless_interrupted(api.put(&key, value)).await?;
        drop(bar);
        if self.common.json {
            let (key, version) = (written.key, written.version);
            return print_json(&json!({ "key": key, "version": version, "created": created }));
        }
        print_line(&written.version)
    }
}

fn bytes_of(value: Option<String>, file: Option<PathBuf>) -> Result<Bytes, ClientError> {
    match (value, file) {
        (Some(value), _) if value != "-" => Ok(value.into()),
        (None, Some(path)) if path.as_os_str() != "-" => {
            let read = std::fs::read(&path).map(Bytes::from);
            read.map_err(|error| {
                ClientError::file(format!("{} can't be read", path.display()), error)
            })
        }
        (None, None) if io::stdin().is_terminal() => {
            let sentence = "there is nothing to store: write VALUE, --file FILE, or - for what \
                            is typed until Ctrl-D";
            Err(ClientError::Usage { sentence })
        }
        _ => {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            let doing = "the standard input can't be read";
            read.map_err(|error| ClientError::file(doing, error))?;
            Ok(bytes.into())
        }
    }
}
