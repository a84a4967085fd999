//! `ringway del KEY`

use ringway_ring::Key;

use super::{CommonArgs, key};
use crate::client_error::ClientError;
use crate::output::print_json;
use crate::put_condition::MatchArg;

/// The flags of `ringway del`.
#[derive(Clone, Debug, clap::Args)]
pub struct DelArgs {
    /// Which.
    #[arg(value_parser = key)]
    key: Key<'static>,
    #[command(flatten)]
    condition: MatchArg,
    #[command(flatten)]
    common: CommonArgs,
}

impl DelArgs {
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let written = self.common.api()?.delete(&self.key, &self.condition).await?;
        if self.common.json { print_json(&written) } else { Ok(()) }
    }
}
