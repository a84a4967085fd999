//! The flags of `ringway bench`, with an environment variable for each.

mod load_args;
mod span;

pub(crate) use self::load_args::LoadArgs;

/// Put load on a cluster and say what became of it. Exits with 0 if every request succeeded, 1 if
/// one failed, 64 if the command line makes no sense, 69 if nothing answers, 74 if a file
/// can't be written, 130 if it was interrupted, which doesn't cost what was measured until then.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
}
