//! `ringway put --recursive DIR --prefix PREFIX`

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use http::HeaderValue;

use super::{CommonArgs, told};
use crate::api::{Api, NewValue};
use crate::bulk::{Bulk, Parallel, patiently, stored, unless_interrupted};
use crate::client_error::ClientError;
use crate::local_tree::{LocalFile, LocalTree, below, unreadable};
use crate::page::all_keys;
use crate::progress::Progress;
use crate::put_condition::PutCondition;
use crate::repr_digest::ReprDigest;
use crate::tally::{Fate, Tally};
use crate::ttl::Ttl;

/// No node takes a longer value: it need not be read to learn that.
const VALUE_BYTES_MAX: u64 = 256 << 20;

/// A directory that is to be stored.
pub(super) struct PutTree {
    pub(super) directory: PathBuf,
    pub(super) prefix: String,
    pub(super) parallel: Parallel,
    pub(super) how: How,
}

/// How each of its files is to be stored.
#[derive(Clone)]
pub(super) struct How {
    pub(super) content_type: Option<HeaderValue>,
    pub(super) ttl: Option<Ttl>,
    pub(super) condition: PutCondition,
}

impl PutTree {
    pub(super) async fn run(self, common: &CommonArgs) -> Result<(), ClientError> {
        let api = common.api()?;
        let tally = unless_interrupted(Box::pin(self.stored(api))).await?;
        told(common, tally, "stored")
    }

    async fn stored(self, api: Api) -> Result<Tally, ClientError> {
        let Self { directory, prefix, parallel, how } = self;
        let prefix = below(&prefix);
        let tree = LocalTree::read(&directory, &prefix)?;
        let listed = all_keys(&api, &prefix).await?.into_iter();
        let there: BTreeMap<_, _> = listed.map(|it| (it.key, it.bytes)).collect();
        let (count, bytes) = (tree.files.len(), tree.files.iter().map(|file| file.bytes).sum());
        let mut bulk = Bulk::new(parallel, Progress::of("files", count as u64, bytes));
        for (path, error) in &tree.refused {
            bulk.failed(&path.display().to_string(), error);
        }
        for file in tree.files {
            // What may expire is stored anew, for the whole time.
            let may_be_same =
                how.ttl.is_none() && there.get(file.key.as_str()) == Some(&file.bytes);
            let (name, bytes) = (file.path.display().to_string(), file.bytes);
            bulk.begin(name, bytes, file_stored(api.clone(), file, how.clone(), may_be_same))
                .await?;
        }
        bulk.finish().await
    }
}

async fn file_stored(
    api: Api,
    file: LocalFile,
    how: How,
    may_be_same: bool,
) -> Result<Fate, ClientError> {
    let LocalFile { path, key, bytes } = file;
    if bytes > VALUE_BYTES_MAX {
        let sentence = format!("it has {bytes} bytes, and no value may");
        return Err(ClientError::Refused { sentence });
    }
    let bytes: bytes::Bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?.into();
    if may_be_same {
        let there = patiently(|| api.digest_of(&key)).await?;
        if there == Some(ReprDigest::of(&bytes)) {
            return Ok(Fate::Passed);
        }
    }
    let How { content_type, ttl, condition } = how;
    let value = NewValue { bytes, content_type, ttl, condition };
    stored(api, key, value).await
}
