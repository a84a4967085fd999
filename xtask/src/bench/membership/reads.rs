//! What readers notice of a node that joins.

use std::error::Error;
use std::time::Instant;

use super::addition::Addition;
use super::paced::Paced;
use super::values::Values;
use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{Stack, StackOptions};

const NODES: u16 = 5;
const ROUNDS: usize = 7;
const VALUES: Values = Values { count: 50_000, bytes: 4 << 10 };

/// In each round for as long without as with a change, in turns.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let options =
        StackOptions { profile: Profile::Release, moving_max: None, ..StackOptions::of(NODES) };
    let mut stack = Stack::start(options).await?;
    let url = stack.edge().url();
    VALUES.store(&url).await?;
    let addition = Addition::start(&mut stack).await?;
    let (mut ratios, mut before, mut during, mut took) = (vec![], vec![], vec![], vec![]);
    // The first round warms caches, and isn't counted.
    for round in 0..=ROUNDS {
        let clients = Paced::start(&url, VALUES)?;
        let start = Instant::now();
        addition.put_in(&stack).await?;
        let lasted = start.elapsed();
        let joining = clients.end().await?;
        addition.take_out(&stack).await?;
        let clients = Paced::start(&url, VALUES)?;
        tokio::time::sleep(lasted).await;
        let calm = clients.end().await?;
        if round > 0 {
            ratios.push(joining / calm);
            before.push(calm);
            during.push(joining);
            took.push(lasted.as_secs_f64());
        }
    }
    let [before, during, took] = [before, during, took].map(|mut all| median(&mut all));
    let each = format!("{:.1} ms, {:.1} ms, {took:.1} s", during * 1e3, before * 1e3);
    let name = "GET p99 through Envoy, 500 requests/s, while a node joins ÷ without";
    Ok(vec![
        Figure::at_most(name, median(&mut ratios), 2.0, ""),
        Figure::comparison("… each by itself, and how long it joins", each),
    ])
}
