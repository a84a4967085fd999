//! `ringway ls [PREFIX]`

use std::fmt::Write;

use super::CommonArgs;
use crate::client_error::ClientError;
use crate::output::{json_line, print_bytes};

/// The flags of `ringway ls`.
#[derive(Clone, Debug, clap::Args)]
pub struct LsArgs {
    /// What the keys begin with.
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// Print the value's length and version as well.
    #[arg(short, long)]
    long: bool,
    #[command(flatten)]
    common: CommonArgs,
}

impl LsArgs {
    /// Prints page by page: a store may have more keys than fit into memory.
    pub(crate) async fn run(self) -> Result<(), ClientError> {
        let api = self.common.api()?;
        let mut after = Some(String::new());
        while let Some(last) = after {
            let page = api.page(&self.prefix, &last).await?;
            let mut lines = String::new();
            for listed in &page.keys {
                let line = if self.common.json {
                    json_line(listed)
                } else if self.long {
                    format!("{:>10}  {:<24}  {}", listed.bytes, listed.version, listed.key)
                } else {
                    listed.key.clone()
                };
                let _infallible = writeln!(lines, "{line}");
            }
            print_bytes(lines.as_bytes())?;
            after = page.next;
        }
        Ok(())
    }
}
