//! `ringway ring`, carried out.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use super::api::Api;
use super::apply::apply;
use super::plan_table::plan_table;
use super::ring_args::{RingArgs, RingCommand};
use super::ring_error::RingError;
use super::ring_table::ring_table;
use super::settings_table::settings_table;
use super::standing::standing;
use crate::agreed::Agreed;
use crate::membership::{Settings, SettingsChange};
use crate::ring_plan::RingPlan;
use crate::ring_status::RingStatus;
use crate::settings_request::SettingsRequest;

/// Does what `args` say. What comes of it goes to standard output, why it doesn't to standard
/// error.
#[must_use]
pub fn run_ring(args: RingArgs) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(args: RingArgs) -> Result<(), RingError> {
    let RingArgs { command, endpoint, json: is_json } = args;
    let api = Api::new(endpoint.endpoint()?.as_str().to_owned());
    match command {
        RingCommand::Show if is_json => print_json(&api.get::<RingStatus>("/ring/status").await?),
        RingCommand::Show => {
            let (view, status) = (api.view().await?, api.get("/ring/status").await?);
            print(&format!("{}{}", ring_table(&view), standing(&status)));
        }
        RingCommand::Plan(args) => {
            let plan: RingPlan = api.post("/ring/plan", &args.into_change()).await?;
            if is_json { print_json(&plan) } else { print(&plan_table(&plan)) }
        }
        RingCommand::Apply(args) => apply(&api, args, is_json).await?,
        RingCommand::Cancel => {
            let agreed: Agreed = api.post("/ring/cancel", &()).await?;
            tell(is_json, &agreed, "The change is cancelled.");
        }
        RingCommand::Leave { id } => {
            let leave = serde_json::json!({ "id": id });
            let agreed: Agreed = api.post("/ring/leave", &leave).await?;
            tell(is_json, &agreed, &format!("{id} is no member of the cluster any more."));
        }
        RingCommand::Settings(args) => {
            let (before, change) = (api.get("/ring/settings").await?, args.into_change());
            if change != SettingsChange::default() {
                let _: Agreed = api.post("/ring/settings", &SettingsRequest::from(change)).await?;
            }
            let settings: Settings = change.applied_to(before);
            if is_json { print_json(&settings) } else { print(&settings_table(settings)) }
        }
    }
    Ok(())
}

/// Prints `agreed` for programs, `sentence` for people.
pub(super) fn tell(is_json: bool, agreed: &impl Serialize, sentence: &str) {
    if is_json { print_json(agreed) } else { print(&format!("{sentence}\n")) }
}

fn print_json(value: &impl Serialize) {
    let json = serde_json::to_string_pretty(value);
    print(&(json.unwrap_or_else(|error| unreachable!("strings and numbers: {error}")) + "\n"));
}

/// Who reads it may have gone, as `head` does: that is no failure.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
