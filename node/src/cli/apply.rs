//! `ringway ring apply`.

use std::io::{self, IsTerminal};
use std::time::Duration;

use ringway_client::ClientError;
use ringway_ring::Health;
use tokio::time::{Instant, sleep};

use super::api::Api;
use super::plan_table::plan_table;
use super::ring_args::ApplyArgs;
use super::ring_command::tell;
use super::ring_error::RingError;
use super::standing::progress;
use super::status_line::StatusLine;
use crate::agreed::Agreed;
use crate::membership::Change;
use crate::ring_status::RingStatus;

/// How often the ring is looked at while it changes.
const LOOK: Duration = Duration::from_millis(500);
/// How long nobody may answer meanwhile: nodes start anew in less.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn apply(api: &Api, args: ApplyArgs, is_json: bool) -> Result<(), RingError> {
    let ApplyArgs { change, yes, wait } = args;
    let change = change.into_change();
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(RingError::NobodyToAsk);
        }
        let plan = api.plan(&change).await?;
        // Part of the question, which is no result.
        eprint!("{}", plan_table(&plan));
        if !plan.is_done() && !is_confirmed() {
            return Err(RingError::CalledOff);
        }
    }
    let agreed = api.agree("/ring/change", &change).await?;
    let left = agreed.partitions_left;
    if left == 0 {
        tell(is_json, &agreed, "Nothing has to move.\n")
    } else if wait {
        let status = arrival(api, &change, agreed).await?;
        tell(is_json, &status, "The ring is as it shall be.\n")
    } else {
        let sentence =
            format!("{left} partitions are on their way; `ringway ring show` says how far.\n");
        tell(is_json, &agreed, &sentence)
    }
}

/// Whether a person says yes.
fn is_confirmed() -> bool {
    eprint!("\nApply this? [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Waits until `change`, which was `agreed` on, has arrived.
async fn arrival(api: &Api, change: &Change, agreed: Agreed) -> Result<RingStatus, RingError> {
    let status = looked_at(api, agreed, |status| status.partitions_left == 0).await?;
    match api.plan(change).await {
        Ok(plan) if plan.vnodes > 0 => {
            let down = status.members.into_iter().filter(|(_, it)| it.health == Health::Down);
            Err(RingError::Cancelled { down: down.map(|(id, _)| id).collect() })
        }
        // Refused: somebody has begun another change since.
        Ok(_) | Err(RingError::Client(ClientError::Refused { .. })) => Ok(status),
        Err(error) => Err(error),
    }
}

/// Waits until whoever answers has heard of what was `agreed` on: behind the edge that may be
/// another node than the one that was asked.
pub(super) async fn heard_of(api: &Api, agreed: Agreed) -> Result<RingStatus, RingError> {
    looked_at(api, agreed, |_| true).await
}

/// Looks again and again until `is_it` of what is so since that was `agreed` on.
async fn looked_at(
    api: &Api,
    agreed: Agreed,
    is_it: fn(&RingStatus) -> bool,
) -> Result<RingStatus, RingError> {
    let mut line = StatusLine::default();
    let mut answered = Instant::now();
    loop {
        match api.status().await {
            Ok(status) => {
                answered = Instant::now();
                if status.epoch >= agreed.epoch && is_it(&status) {
                    return Ok(status);
                }
                line.show(&progress(&status));
            }
            Err(error) if error.may_pass() && answered.elapsed() < PATIENCE => {
                line.show(&error.to_string());
            }
            Err(error) => return Err(error),
        }
        sleep(LOOK).await;
    }
}
