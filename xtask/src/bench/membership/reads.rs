//! What readers notice of a node that joins.

use std::error::Error;
use std::num::NonZeroU16;
use std::slice;
use std::time::Duration;

use super::addition::Addition;
use super::paced::Paced;
use super::values::Values;
use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{RingChange, Stack, StackOptions};

const NODES: u16 = 5;
const ROUNDS: usize = 5;
const VALUES: Values = Values { count: 50_000, bytes: 4 << 10 };
/// For how long is read in each round with and without a change. By default a change goes at a
/// steady pace, and takes longer.
const WINDOW: Duration = Duration::from_secs(20);
/// What is not measured may go quickly.
const QUICKLY: NonZeroU16 = NonZeroU16::MAX;

/// While a node joins as it does where nobody has set how fast, and without it, in turns.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let options =
        StackOptions { profile: Profile::Release, moving_max: None, ..StackOptions::of(NODES) };
    let mut stack = Stack::start(options).await?;
    let url = stack.edge().url();
    VALUES.store(&url).await?;
    let by_default = stack.moving_max().await?;
    let addition = Addition::start(&mut stack).await?;
    let (mut ratios, mut before, mut during) = (vec![], vec![], vec![]);
    // The first round warms caches, and isn't counted.
    for round in 0..=ROUNDS {
        let calm = p99(&url).await?;
        stack.begin_change(&RingChange::adding(slice::from_ref(&addition.id))).await?;
        let joining = p99(&url).await?;
        stack.set_moving_max(QUICKLY).await?;
        stack.settle().await?;
        addition.take_out(&stack).await?;
        stack.set_moving_max(by_default).await?;
        if round > 0 {
            ratios.push(joining / calm);
            before.push(calm);
            during.push(joining);
        }
    }
    let [before, during] = [before, during].map(|mut all| median(&mut all));
    let each = format!("{:.1} ms, {:.1} ms", during * 1e3, before * 1e3);
    let name = "GET p99 through Envoy, 500 requests/s, while a node joins ÷ without";
    Ok(vec![
        Figure::at_most(name, median(&mut ratios), 2.0, ""),
        Figure::comparison("… each by itself", each),
    ])
}

/// Below how many seconds 99 of 100 reads are answered.
async fn p99(url: &str) -> Result<f64, Box<dyn Error>> {
    let clients = Paced::start(url, VALUES)?;
    tokio::time::sleep(WINDOW).await;
    clients.end().await
}
