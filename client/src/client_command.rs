//! The commands, and which of them does what.

use std::process::ExitCode;

use clap::Subcommand;
use tokio::runtime::Builder;

use crate::client_error::ClientError;
use crate::commands::{
    AuthArgs, DelArgs, ExplainArgs, ExportArgs, GetArgs, ImportArgs, LoginArgs, LsArgs, PutArgs,
    TokenArgs, UserArgs,
};
use crate::exit_codes::HELP;

/// What is done with what a store keeps.
#[derive(Clone, Debug, Subcommand)]
pub enum ClientCommand {
    /// Store a value, or a directory.
    #[command(after_help = HELP)]
    Put(PutArgs),
    /// Read a value, or many into a directory.
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
    /// Write all that is stored, or what begins with a prefix, as JSON.
    #[command(after_help = HELP)]
    Export(ExportArgs),
    /// Store what was exported, here or elsewhere.
    #[command(after_help = HELP)]
    Import(ImportArgs),
    /// Log in where tokens are asked for. The token is kept for the other commands.
    #[command(after_help = HELP)]
    Login(LoginArgs),
    /// Say who may use the cluster.
    #[command(after_help = HELP)]
    User(UserArgs),
    /// Replace the key that tokens are signed with.
    #[command(after_help = HELP)]
    Auth(AuthArgs),
    /// Let nodes join, where that takes a token (--peer-tls required).
    #[command(after_help = HELP)]
    Token(TokenArgs),
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

fn run(command: ClientCommand) -> Result<(), ClientError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let doing = "the system has no room for this program";
    let runtime = runtime.map_err(|error| ClientError::file(doing, error))?;
    let done = runtime.block_on(carried_out(command));
    // Whoever reads standard input may do so for ever.
    runtime.shutdown_background();
    done
}

async fn carried_out(command: ClientCommand) -> Result<(), ClientError> {
    match command {
        ClientCommand::Put(args) => args.run().await,
        ClientCommand::Get(args) => args.run().await,
        ClientCommand::Del(args) => args.run().await,
        ClientCommand::Ls(args) => args.run().await,
        ClientCommand::Explain(args) => args.run().await,
        ClientCommand::Export(args) => args.run().await,
        ClientCommand::Import(args) => args.run().await,
        ClientCommand::Login(args) => args.run().await,
        ClientCommand::User(args) => args.run().await,
        ClientCommand::Auth(args) => args.run().await,
        ClientCommand::Token(args) => args.run().await,
    }
}
