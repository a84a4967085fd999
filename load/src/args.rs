//! The flags of `ringway bench`, with an environment variable for each.

mod compare_args;
mod load_args;
mod span;
mod test_args;

pub(crate) use self::compare_args::CompareArgs;
pub(crate) use self::load_args::LoadArgs;

/// What `ringway bench` was asked for.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXIT_STATUS)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
}

const EXIT_STATUS: &str = "\
Exit status:
  0    every request succeeded
  1    one failed, or the keys could not be stored, or servers not be added or removed
  64   the command line makes no sense
  69   nothing answers
  74   a file can't be written; what was measured until then is printed
  130  it was interrupted; what was measured until then is printed and written";

/// What else there is to do than to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum BenchCommand {
    /// Say whether one run was slower than another by more than noise.
    Compare(CompareArgs),
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::BenchArgs;

    #[test]
    fn no_two_flags_contradict_each_other() {
        BenchArgs::augment_args(Command::new("bench")).debug_assert();
    }

    #[test]
    fn every_flag_has_a_variable_of_its_name_in_capitals() {
        let bench = BenchArgs::augment_args(Command::new("bench"));
        let named = bench.get_arguments().map(|flag| {
            let name = flag.get_long().unwrap();
            let variable = name.to_uppercase().replace('-', "_");
            assert_eq!(flag.get_env(), Some(variable.as_ref()), "--{name}");
            variable
        });
        let named: Vec<_> = named.collect();
        for variable in [
            "BASE_URL",
            "NUM_REQUESTS",
            "NUM_CLIENTS",
            "READ_PERCENTAGE",
            "ALL_METHODS",
            "TEST_DISTRIBUTION",
            "TEST_ADD_OR_REMOVE",
        ] {
            assert!(named.iter().any(|name| name == variable), "{variable}: {named:?}");
        }
    }

    #[test]
    fn runs_are_compared_without_being_measured() {
        let bench = BenchArgs::augment_args(Command::new("bench"));
        assert!(bench.clone().try_get_matches_from(["bench", "compare", "a", "b"]).is_ok());
        let both = ["bench", "--num-clients", "2", "compare", "a", "b"];
        assert!(bench.try_get_matches_from(both).is_err());
    }
}
