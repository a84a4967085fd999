//! The results for programs.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::figures::per_second;
use super::summary::QUANTILES;
use crate::run::{How, Phase, Results, ServerChange};
use crate::stats::{Bin, Distribution, Latencies, NodeShare};

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
        "distribution": results.distribution.as_ref().map(distribution),
        "changes": results.changes.iter().map(change).collect::<Vec<_>>(),
        "phases": phases(results),
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

fn distribution(Distribution { nodes, chi_square, peak }: &Distribution) -> Value {
    let share = |node: &NodeShare| {
        json!({
            "node": node.name,
            "keys": node.served,
            "by_weight": node.expected,
            "first_holder": node.first,
        })
    };
    json!({
        "nodes": nodes.iter().map(share).collect::<Vec<_>>(),
        "peak_to_average": peak,
        "chi_square": chi_square.statistic,
        "degrees_of_freedom": chi_square.freedom,
        "probability": chi_square.probability(),
    })
}

fn change(change: &ServerChange) -> Value {
    json!({
        "request": change.what,
        "servers": change.servers,
        "agreed_seconds": change.agreed.as_secs_f64(),
        "settled_seconds": change.settled.as_secs_f64(),
        "keys": change.moved.keys,
        "keys_with_another_first_holder": change.moved.first,
        "copies": change.moved.of_copies,
        "copies_moved": change.moved.copies,
    })
}

/// What there was before, while and after servers came and went.
fn phases(results: &Results) -> Vec<Value> {
    let ends = results.phases.iter().skip(1).map(|phase| phase.begin).chain([results.elapsed]);
    let told = |(phase, end): (&Phase, Duration)| {
        json!({
            "name": phase.name,
            "begin_seconds": phase.begin.as_secs_f64(),
            "seconds": end.saturating_sub(phase.begin).as_secs_f64(),
            "failures": phase.tally.failures(),
            "latency_us": latencies(&phase.tally.all()),
        })
    };
    results.phases.iter().zip(ends).map(told).collect()
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
