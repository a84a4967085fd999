//! Which runs are compared.

use std::path::PathBuf;

/// Which runs are compared. Exits with 0 if the second is not worse than the first by more than
/// chance, 1 if it is, 64 if the command line makes no sense, 66 if a file can't be read.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// What `--csv` wrote of the one run.
    #[arg(value_name = "A.csv")]
    pub(crate) before: PathBuf,

    /// What it wrote of the other.
    #[arg(value_name = "B.csv")]
    pub(crate) after: PathBuf,

    /// Print the comparison as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
