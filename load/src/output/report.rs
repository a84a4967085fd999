//! The results as a page that needs nothing but a browser.

mod chart;
mod escape;
mod series;

use std::path::Path;
use std::time::Duration;

use self::chart::{Axis, bars, lines};
use self::escape::escaped;
use self::series::Series;
use super::Summary;
use super::figures::percent;
use crate::run::{Results, RunError};
use crate::stats::Bin;

/// Writes the page of `results` to `path`.
pub(crate) fn write_report(results: &Results, path: &Path) -> Result<(), RunError> {
    let page = page(results).map_err(RunError::Draw)?;
    std::fs::write(path, page)
        .map_err(|source| RunError::WriteReport { path: path.to_owned(), source })
}

/// One document with everything in it: no script, no style sheet, no image from elsewhere.
fn page(results: &Results) -> Result<String, String> {
    let charts =
        [over_time(results)?, by_percentile(results)?, throughput(results)?, shares(results)?];
    let title = escaped(&format!("ringway bench {}", results.plan.url));
    let summary = escaped(&Summary(results).to_string());
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n\
         body {{ font-family: sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; }}\n\
         pre {{ background: #f4f4f4; padding: 1em; overflow-x: auto; }}\n\
         figure {{ margin: 2em 0; }} svg {{ max-width: 100%; height: auto; }}\n\
         </style></head><body>\n<h1>{title}</h1>\n<pre>{summary}</pre>\n<figure>{}</figure>\n</body></html>\n",
        charts.join("</figure>\n<figure>")
    ))
}

fn over_time(results: &Results) -> Result<String, String> {
    let series = |name, share: f64| {
        let at = |(begin, bin): (Duration, &Bin)| {
            Some((begin.as_secs_f64(), millis(bin.latencies.quantile(share)?)))
        };
        Series { name, points: results.timeline.bins().filter_map(at).collect() }
    };
    let all = [series("p50", 0.5), series("p99", 0.99), series("max", 1.0)];
    lines("Latency over time", ("seconds", "ms"), Axis::Logarithmic, &all)
}

fn by_percentile(results: &Results) -> Result<String, String> {
    let curve = |name, latencies: &crate::stats::Latencies| {
        // As many nines as there are requests for.
        let most = (latencies.count().max(10) as f64).log10();
        let steps = (0..=100).map(|step| most * f64::from(step) / 100.0);
        let point =
            |nines: f64| Some((nines, millis(latencies.quantile(1.0 - 0.1_f64.powf(nines))?)));
        Series { name, points: steps.filter_map(point).collect() }
    };
    let tally = &results.tally;
    let mut all: Vec<_> =
        tally.latencies.iter().map(|(operation, each)| curve(operation.name(), each)).collect();
    all.extend(tally.service.as_ref().map(|service| curve("all, once sent", service)));
    let axes = ("nines: 1 is p90, 2 is p99, 3 is p99.9", "ms");
    lines("Latency by percentile", axes, Axis::Logarithmic, &all)
}

fn throughput(results: &Results) -> Result<String, String> {
    let width = results.timeline.width();
    let rate = |name, count: fn(&Bin) -> u64| {
        let at = |(begin, bin): (Duration, &Bin)| {
            // The last stretch may have ended with the run.
            let span = width.min(results.elapsed.saturating_sub(begin));
            (begin.as_secs_f64(), super::figures::per_second(count(bin), span))
        };
        // A stretch of a few milliseconds says nothing.
        let whole = |(begin, _): &(Duration, &Bin)| *begin + width / 2 <= results.elapsed;
        Series { name, points: results.timeline.bins().filter(whole).map(at).collect() }
    };
    let all = [rate("succeeded", |bin| bin.latencies.count()), rate("failed", |bin| bin.failures)];
    lines("Throughput", ("seconds", "requests/s"), Axis::Linear, &all)
}

fn shares(results: &Results) -> Result<String, String> {
    let nodes = &results.tally.nodes;
    let served = nodes.values().sum();
    let shares: Vec<_> =
        nodes.iter().map(|(name, count)| (&**name, percent(*count, served))).collect();
    bars("Share per node", "% of the answers", &shares)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod report_test;
