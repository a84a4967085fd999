//! The flags of `ringway bench`, with an environment variable for each.

mod compare_args;
mod load_args;
mod span;
mod test_args;

pub(crate) use self::compare_args::CompareArgs;
pub(crate) use self::load_args::LoadArgs;

/// Put load on a cluster and say what became of it. Exits with 0 if every request succeeded, 1 if
/// one failed, 64 if the command line makes no sense, 69 if nothing answers, 74 if a file
/// can't be written, 130 if it was interrupted, which doesn't cost what was measured until then.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
}

/// What else there is to do than to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BenchCommand {
    /// Say whether one run was slower than another by more than noise.
    Compare(CompareArgs),
}
