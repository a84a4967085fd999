//! The commands, and which of them does what.

use std::process::ExitCode;

use clap::Subcommand;

use crate::client_error::ClientError;
use crate::commands::{DelArgs, ExplainArgs, GetArgs, LsArgs, PutArgs};
use crate::exit_codes::HELP;

/// What is done with what a store keeps.
#[derive(Clone, Debug, Subcommand)]
pub enum ClientCommand {
    /// Store a value.
    #[command(after_help = HELP)]
    Put(PutArgs),
    /// Read a value.
    #[command(after_help = HELP)]
    Get(GetArgs),
    /// Delete a value.
    #[command(after_help = HELP)]
    Del(DelArgs),
    /// List keys, in order.
    #[command(after_help = HELP)]
    Ls(LsArgs),
    /// Tell where a key lies, and who would serve it.
    #[command(after_help = HELP)]
    Explain(ExplainArgs),
}

/// Does what `command` says. What comes of it goes to standard output, why it doesn't to
/// standard error.
#[must_use]
pub fn run_client(command: ClientCommand) -> ExitCode {
    match run(command) {
        Ok(()) | Err(ClientError::ReaderGone) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(command: ClientCommand) -> Result<(), ClientError> {
    match command {
        ClientCommand::Put(args) => args.run().await,
        ClientCommand::Get(args) => args.run().await,
        ClientCommand::Del(args) => args.run().await,
        ClientCommand::Ls(args) => args.run().await,
        ClientCommand::Explain(args) => args.run().await,
    }
}
