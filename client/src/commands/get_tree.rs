//! `ringway get --recursive PREFIX -o DIR`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ringway_ring::Key;

use super::{CommonArgs, told};
use crate::api::Api;
use crate::bulk::{Bulk, Parallel, patiently, unless_interrupted};
use crate::client_error::ClientError;
use crate::consistency::Consistency;
use crate::local_tree::{below, path_of, unreadable};
use crate::output_file::OutputFile;
use crate::page::{Listed, all_keys};
use crate::progress::Progress;
use crate::repr_digest::ReprDigest;
use crate::tally::{Fate, Tally};

/// Keys that are to be files.
pub(super) struct GetTree {
    pub(super) prefix: String,
    pub(super) directory: PathBuf,
    pub(super) parallel: Parallel,
    pub(super) consistency: Consistency,
}

impl GetTree {
    pub(super) async fn run(self, common: &CommonArgs) -> Result<(), ClientError> {
        let api = common.api()?;
        let tally = unless_interrupted(self.got(api)).await?;
        told(common, tally, "read")
    }

    async fn got(self, api: Api) -> Result<Tally, ClientError> {
        let prefix = below(&self.prefix);
        let listed = all_keys(&api, &prefix).await?;
        let bytes = listed.iter().map(|listed| listed.bytes).sum();
        let progress = Progress::of("files", listed.len() as u64, bytes);
        let mut bulk = Bulk::new(self.parallel, progress);
        for Listed { key, bytes, .. } in listed {
            let rest = key.strip_prefix(&prefix).unwrap_or(&key);
            let place = path_of(&self.directory, rest);
            match (place, Key::new(key.clone())) {
                (Ok(path), Ok(key)) => {
                    let work = got(api.clone(), key.clone(), path, bytes, self.consistency);
                    bulk.begin(key.as_str().to_owned(), bytes, work).await?;
                }
                (Err(error), _) => bulk.failed(&key, &error),
                (_, Err(error)) => {
                    bulk.failed(&key, &ClientError::Refused { sentence: error.to_string() });
                }
            }
        }
        bulk.finish().await
    }
}

async fn got(
    api: Api,
    key: Key<'static>,
    path: PathBuf,
    bytes: u64,
    consistency: Consistency,
) -> Result<Fate, ClientError> {
    let here = digest_here(&path, bytes)?;
    if here.is_some() && patiently(|| api.digest_of(&key)).await? == here {
        return Ok(Fate::Passed);
    }
    let stored = match patiently(|| api.get(&key, consistency)).await {
        Ok(stored) => stored,
        // Deleted since it was listed.
        Err(ClientError::NotFound { .. }) => return Ok(Fate::Passed),
        Err(error) => return Err(error),
    };
    if let Some(parent) = path.parent() {
        let made = fs::create_dir_all(parent);
        made.map_err(|error| {
            ClientError::file(format!("{} can't be made", parent.display()), error)
        })?;
    }
    let mut file = OutputFile::create(&path)?;
    file.write(&stored.bytes)?;
    // A crash may cost some, which the next run finds: their checksums differ.
    file.complete(false)?;
    Ok(Fate::Done)
}

/// The digest of the file at `path`, if it may be the one: it has so many bytes.
fn digest_here(path: &Path, bytes: u64) -> Result<Option<ReprDigest>, ClientError> {
    match fs::symlink_metadata(path) {
        Ok(known) if known.is_file() && known.len() == bytes => {
            let read = fs::read(path).map_err(|error| unreadable(path, error))?;
            Ok(Some(ReprDigest::of(&read)))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unreadable(path, error)),
        _ => Ok(None),
    }
}
