//! `ringway ring`, carried out.

use std::process::ExitCode;

use ringway_client::{ClientError, print_bytes, print_json};
use serde::Serialize;

use super::api::Api;
use super::apply::{apply, heard_of};
use super::plan_table::plan_table;
use super::ring_args::{RingArgs, RingCommand, SettingsArgs};
use super::ring_error::RingError;
use super::ring_table::ring_table;
use super::settings_table::settings_table;
use super::standing::standing;
use crate::membership::SettingsChange;
use crate::settings_request::SettingsRequest;

/// Does what `args` say. What comes of it goes to standard output, why it doesn't to standard
/// error.
#[must_use]
pub fn run_ring(args: RingArgs) -> ExitCode {
    match run(args) {
        Ok(()) | Err(RingError::Client(ClientError::ReaderGone)) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(args: RingArgs) -> Result<(), RingError> {
    let RingArgs { command, endpoint, json: is_json } = args;
    let api = Api::of_user(endpoint.reach().map_err(ClientError::from)?)?;
    match command {
        RingCommand::Show if is_json => Ok(print_json(&api.status().await?)?),
        RingCommand::Show => {
            let (view, status) = (api.view().await?, api.status().await?);
            Ok(print_bytes(format!("{}{}", ring_table(&view), standing(&status)).as_bytes())?)
        }
        RingCommand::Plan(args) => {
            let plan = api.plan(&args.into_change()).await?;
            tell(is_json, &plan, &plan_table(&plan))
        }
        RingCommand::Apply(args) => apply(&api, args, is_json).await,
        RingCommand::Cancel => {
            let agreed = api.agree("/ring/cancel", &()).await?;
            tell(is_json, &agreed, "The change is cancelled.\n")
        }
        RingCommand::Leave { id } => {
            let leave = serde_json::json!({ "id": id });
            let agreed = api.agree("/ring/leave", &leave).await?;
            tell(is_json, &agreed, &format!("{id} is no member of the cluster any more.\n"))
        }
        RingCommand::Settings(args) => set(&api, args, is_json).await,
    }
}

/// Sets what is to be set, and prints what the cluster goes by then.
async fn set(api: &Api, args: SettingsArgs, is_json: bool) -> Result<(), RingError> {
    let change = args.into_change();
    let status = if change == SettingsChange::default() {
        api.status().await?
    } else {
        let agreed = api.agree("/ring/settings", &SettingsRequest::from(change)).await?;
        heard_of(api, agreed).await?
    };
    tell(is_json, &status.settings, &settings_table(status.settings))
}

/// Prints `answer` for programs, `text` for people.
pub(super) fn tell(is_json: bool, answer: &impl Serialize, text: &str) -> Result<(), RingError> {
    let printed = if is_json { print_json(answer) } else { print_bytes(text.as_bytes()) };
    Ok(printed?)
}
