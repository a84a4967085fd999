//! The results for programs.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::figures::per_second;
use super::summary::QUANTILES;
use crate::run::{How, Results};
use crate::stats::{Bin, Latencies};

/// The results for programs, on one line; times are in microseconds.
pub(crate) fn results_json(results: &Results) -> String {
    let Results { plan, how, elapsed, tally, timeline, .. } = results;
    let operations = tally.latencies.iter();
    let operations = operations.map(|(operation, each)| (operation.name(), latencies(each)));
    let outcomes = tally.outcomes.iter().map(|(outcome, count)| (outcome.name(), *count));
    let statuses = tally.statuses.iter().map(|(status, count)| (status.to_string(), *count));
    let nodes = tally.nodes.iter().map(|(name, count)| (name.to_string(), *count));
    let value = json!({
        "base_url": plan.url.to_string(),
        "clients": plan.clients,
        "threads": plan.threads,
        "rate": plan.rate,
        "interrupted": *how == How::Interrupted,
        "seconds": elapsed.as_secs_f64(),
        "requests": tally.requests(),
        "requests_per_second": per_second(tally.requests(), *elapsed),
        "succeeded": tally.succeeded(),
        "failures": tally.failures(),
        "unfinished": tally.unfinished,
        "unsent": tally.unsent,
        "bytes": tally.bytes,
        "latency_us": latencies(&tally.all()),
        "service_us": tally.service.as_ref().map(latencies),
        "failed_latency_us": latencies(&tally.failed),
        "operations": object(operations),
        "outcomes": object(outcomes),
        "statuses": object(statuses),
        "nodes": object(nodes),
        "over_time": timeline.bins().map(|(begin, bin)| over_time(begin, timeline.width(), bin)).collect::<Vec<_>>(),
    });
    value.to_string()
}

fn over_time(begin: Duration, width: Duration, bin: &Bin) -> Value {
    json!({
        "begin_seconds": begin.as_secs_f64(),
        "seconds": width.as_secs_f64(),
        "failures": bin.failures,
        "latency_us": latencies(&bin.latencies),
    })
}

fn object<K: Into<String>, V: Into<Value>>(entries: impl Iterator<Item = (K, V)>) -> Value {
    entries.map(|(name, value)| (name.into(), value.into())).collect::<Map<_, _>>().into()
}

fn latencies(latencies: &Latencies) -> Value {
    let micros = |time: Option<Duration>| Value::from(time.map(|time| time.as_secs_f64() * 1e6));
    let whole = [
        ("requests", latencies.count().into()),
        ("mean", micros(latencies.mean())),
        ("max", micros(latencies.max())),
    ];
    let quantiles =
        QUANTILES.iter().map(|(name, share)| (*name, micros(latencies.quantile(*share))));
    object(whole.into_iter().chain(quantiles))
}
