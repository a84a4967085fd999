//! `ringway export [PREFIX] [-o FILE]`

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use ringway_ring::Key;
use serde_json::json;
use tokio::task::JoinHandle;

use super::{CommonArgs, Format};
use crate::api::Api;
use crate::bulk::{Parallel, patiently, unless_interrupted};
use crate::client_error::ClientError;
use crate::consistency::Consistency;
use crate::entry::Entry;
use crate::output::{json_line, print_bytes, print_json};
use crate::output_file::OutputFile;
use crate::page::Page;
use crate::plain_value::to_plain;
use crate::progress::Progress;
use crate::stored_value::StoredValue;

/// The flags of `ringway export`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExportArgs {
    /// What the keys begin with.
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// Where it goes, instead of standard output. It is there whole, or as it was before; with
    /// --json, how many there were is printed.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How sure each value is to be the last.
    #[arg(long, value_enum, default_value_t)]
    consistency: Consistency,
    #[command(flatten)]
    parallel: Parallel,
    #[command(flatten)]
    common: CommonArgs,
}

/// A value that is being read.
type Reading = JoinHandle<Result<Option<(String, StoredValue)>, ClientError>>;
/// A page of keys that is being read.
type Turning = JoinHandle<Result<Page, ClientError>>;

/// What is written, and where to.
struct Export {
    file: Option<OutputFile>,
    format: Format,
    progress: Progress,
    keys: u64,
    bytes: u64,
}

impl ExportArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let api = self.common.api()?;
        unless_interrupted(self.exported(api)).await
    }

    /// Page by page, so many values and one page ahead: a store may have more than fits into
    /// memory. What is known of a page is written, however long the next one takes.
    async fn exported(self, api: Api) -> Result<(), ClientError> {
        let mut export = Export::new(self.output.as_ref(), self.format)?;
        let mut ahead: VecDeque<Reading> = VecDeque::new();
        export.write(export.start().as_bytes())?;
        let mut turning = Some(turn(&api, &self.prefix, String::new()));
        while let Some(page) = turning.take() {
            // It ended, or the runtime does.
            let Ok(page) = page.await else { break };
            let Page { keys, next } = page.map_err(|error| export.stopped(error))?;
            turning = next.map(|last| turn(&api, &self.prefix, last));
            for listed in keys {
                if ahead.len() >= self.parallel.get() {
                    export.take_first(&mut ahead).await?;
                }
                ahead.push_back(tokio::spawn(read(api.clone(), listed.key, self.consistency)));
            }
            while !ahead.is_empty() {
                export.take_first(&mut ahead).await?;
            }
        }
        export.write(export.end().as_bytes())?;
        let about = json!({ "done": export.keys, "bytes": export.bytes });
        if let Some(file) = export.file.take() {
            file.complete(true)?;
            if self.common.json {
                return print_json(&about);
            }
        }
        Ok(())
    }
}

/// Begins to read the page after `last`.
fn turn(api: &Api, prefix: &str, last: String) -> Turning {
    let (api, prefix) = (api.clone(), prefix.to_owned());
    tokio::spawn(async move { patiently(|| api.page(&prefix, &last)).await })
}

/// The value of `key` as it is at one moment; nothing where it is deleted by then.
async fn read(
    api: Api,
    key: String,
    consistency: Consistency,
) -> Result<Option<(String, StoredValue)>, ClientError> {
    let named = Key::new(&*key);
    let named = named.map_err(|error| ClientError::Refused { sentence: error.to_string() })?;
    match patiently(|| api.get(&named, consistency)).await {
        Ok(stored) => Ok(Some((key, stored))),
        Err(ClientError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Export {
    fn new(path: Option<&PathBuf>, format: Format) -> Result<Self, ClientError> {
        let file = path.filter(|path| path.as_os_str() != "-");
        let file = file.map(|path| OutputFile::create(path)).transpose()?;
        // Two things on one terminal would be neither.
        let is_mixed = file.is_none() && io::stdout().is_terminal();
        let progress = if is_mixed { Progress::hidden() } else { Progress::of_unknown("keys") };
        Ok(Self { file, format, progress, keys: 0, bytes: 0 })
    }

    fn start(&self) -> &'static str {
        if self.format == Format::Json { "{" } else { "" }
    }

    fn end(&self) -> &'static str {
        if self.format == Format::Json { "\n}\n" } else { "" }
    }

    async fn take_first(&mut self, ahead: &mut VecDeque<Reading>) -> Result<(), ClientError> {
        // It ended, or the runtime does.
        let Some(Ok(read)) = (match ahead.pop_front() {
            Some(reading) => Some(reading.await),
            None => None,
        }) else {
            return Ok(());
        };
        let read = read.map_err(|error| self.stopped(error))?;
        let Some((key, stored)) = read else { return Ok(()) };
        let bytes = stored.bytes.len() as u64;
        let text = match self.format {
            Format::Jsonl => json_line(&Entry::of(&key, stored)) + "\n",
            Format::Json => {
                let comma = if self.keys == 0 { "" } else { "," };
                let value = to_plain(&stored.bytes);
                format!("{comma}\n{}: {}", json_line(&key), json_line(&value))
            }
        };
        self.write(text.as_bytes())?;
        self.keys += 1;
        self.bytes += bytes;
        self.progress.advance(bytes);
        Ok(())
    }

    fn stopped(&self, error: ClientError) -> ClientError {
        ClientError::Stopped { source: Box::new(error), done: self.keys }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => print_bytes(bytes),
        }
    }
}
