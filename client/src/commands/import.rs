//! `ringway import [FILE | -]`

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use ringway_ring::Key;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_blocking;

use super::{CommonArgs, Format, told};
use crate::api::{Api, NewValue};
use crate::bulk::{Bulk, Parallel, stored, unless_interrupted};
use crate::client_error::ClientError;
use crate::entry::Entry;
use crate::local_tree::unreadable;
use crate::plain_object::{PlainEntry, read_object};
use crate::progress::Progress;
use crate::put_condition::PutCondition;
use crate::tally::Tally;
use crate::ttl::Ttl;

/// How many values are read ahead of those that are under way.
const AHEAD: usize = 16;
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The flags of `ringway import`.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportArgs {
    /// What to read; `-`, or nothing, for standard input. Each key is in it once.
    file: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leave alone what is there already.
    #[arg(long)]
    if_absent: bool,
    #[command(flatten)]
    parallel: Parallel,
    #[command(flatten)]
    common: CommonArgs,
}

/// A value that was read, or why what stands there is none.
struct Imported {
    /// The key, or the line where there is none.
    name: String,
    value: Result<(Key<'static>, NewValue, Option<u64>), ClientError>,
}

impl ImportArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let api = self.common.api()?;
        let tally = unless_interrupted(Box::pin(self.imported(api))).await?;
        told(&self.common, tally, "stored")
    }

    async fn imported(&self, api: Api) -> Result<Tally, ClientError> {
        let input = input(self.file.as_deref())?;
        let (found, mut values) = channel(AHEAD);
        let (format, if_absent) = (self.format, self.if_absent);
        let reader = spawn_blocking(move || match format {
            Format::Jsonl => read_lines(input, if_absent, &found),
            Format::Json => read_plain(input, if_absent, &found),
        });
        let mut bulk = Bulk::new(self.parallel, Progress::of_unknown("keys"));
        take(&api, &mut bulk, &mut values).await?;
        let tally = bulk.finish().await?;
        match reader.await {
            Ok(Err(source)) => {
                let done = tally.done + tally.passed;
                Err(ClientError::Stopped { source: Box::new(source), done })
            }
            _ => Ok(tally),
        }
    }
}

async fn take(
    api: &Api,
    bulk: &mut Bulk,
    values: &mut Receiver<Imported>,
) -> Result<(), ClientError> {
    while let Some(Imported { name, value }) = values.recv().await {
        match value {
            Err(error) => bulk.failed(&name, &error),
            Ok((key, mut value, expires_ms)) => {
                let ttl = expires_ms.map(|end| Ttl::until(end, now_ms()));
                match ttl {
                    Some(None) => bulk.passed(0),
                    Some(ttl) => value.ttl = ttl,
                    None => {}
                }
                if ttl != Some(None) {
                    let bytes = value.bytes.len() as u64;
                    bulk.begin(name, bytes, stored(api.clone(), key, value)).await?;
                }
            }
        }
    }
    Ok(())
}

fn input(path: Option<&Path>) -> Result<Box<dyn Read + Send>, ClientError> {
    match path.filter(|path| path.as_os_str() != "-") {
        None => Ok(Box::new(io::stdin())),
        Some(path) => Ok(Box::new(File::open(path).map_err(|error| unreadable(path, error))?)),
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Reads a key a line. Blocks.
fn read_lines(
    input: impl Read,
    if_absent: bool,
    found: &Sender<Imported>,
) -> Result<(), ClientError> {
    let lines = BufReader::new(input).lines();
    for (number, line) in (1_u64..).zip(lines) {
        let line = line.map_err(|error| ClientError::file("the input can't be read", error))?;
        if line.trim().is_empty() {
            continue;
        }
        let entry: Entry = serde_json::from_str(&line).map_err(|error| {
            let sentence = format!(
                "line {number} is no key with its value ({error}); the one-object file, \
                 {{\"key\": \"value\"}}, is read with --format json"
            );
            ClientError::Refused { sentence }
        })?;
        if found.blocking_send(of_entry(entry, if_absent)).is_err() {
            break;
        }
    }
    Ok(())
}

fn of_entry(entry: Entry, if_absent: bool) -> Imported {
    let Entry { key: name, content_type, expires_ms, value, .. } = entry;
    let refused = |sentence: String| ClientError::Refused { sentence };
    let value = || {
        let key = Key::new(name.clone()).map_err(|error| refused(error.to_string()))?;
        let bytes = value.into_bytes().ok_or_else(|| refused("its value is no base64".into()))?;
        let content_type = content_type.map(HeaderValue::try_from).transpose();
        let content_type = content_type.map_err(|error| refused(error.to_string()))?;
        let condition = PutCondition::absent(if_absent);
        let value = NewValue { bytes: bytes.into(), content_type, ttl: None, condition };
        Ok((key, value, expires_ms))
    };
    let value = value();
    Imported { name, value }
}

/// Reads one object. Blocks.
fn read_plain(
    input: impl Read,
    if_absent: bool,
    found: &Sender<Imported>,
) -> Result<(), ClientError> {
    let take = |entry| found.blocking_send(of_plain(entry, if_absent)).is_ok();
    read_object(BufReader::new(input), take).map_err(|error| {
        let sentence = format!("the input is no object {{\"key\": \"value\"}}: {error}");
        ClientError::Refused { sentence }
    })
}

fn of_plain(entry: PlainEntry, if_absent: bool) -> Imported {
    let PlainEntry { key: name, bytes, is_json } = entry;
    let content_type = match str::from_utf8(&bytes) {
        _ if is_json => Some(JSON),
        Ok(_) => Some(TEXT),
        Err(_) => None,
    };
    let condition = PutCondition::absent(if_absent);
    let value = NewValue { bytes: bytes.into(), content_type, ttl: None, condition };
    let key = Key::new(name.clone());
    let key = key.map_err(|error| ClientError::Refused { sentence: error.to_string() });
    Imported { name, value: key.map(|key| (key, value, None)) }
}
