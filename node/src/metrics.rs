//! What a node counts, as Prometheus reads it.

mod http_metrics;
mod ring_metrics;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

pub(crate) use self::http_metrics::{HttpMetrics, MethodName, RouteName};
pub(crate) use self::ring_metrics::RingMetrics;

/// Seconds: from the 50 µs of a read in memory to a long poll.
const SECONDS: &[f64] = &[
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 5.0, 60.0,
];
/// Writes in one commit.
const WRITES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

const METADATA: Metadata<'static> = Metadata::new("ringway", Level::INFO, None);

/// Where metrics are registered: one for each node, not one for the process, so that
/// several nodes in one test don't count into each other.
pub struct Registry {
    recorder: PrometheusRecorder,
}

impl Registry {
    /// An empty registry, in which every metric says which node it is of.
    ///
    /// # Errors
    /// When the buckets are refused, which is a bug.
    pub fn new(node: &str) -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new()
            .add_global_label("node", node)
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
            .set_buckets_for_metric(Matcher::Suffix("_writes".into()), WRITES)?
            .build_recorder();
        Ok(Self { recorder })
    }

    /// What has been counted so far can be read from it.
    #[must_use]
    pub fn handle(&self) -> PrometheusHandle {
        self.recorder.handle()
    }

    /// A counter.
    pub fn counter(&self, name: &'static str, about: &'static str, labels: &[Label]) -> Counter {
        self.recorder.describe_counter(name.into(), None, about.into());
        self.recorder.register_counter(&Key::from_parts(name, labels.to_vec()), &METADATA)
    }

    /// A gauge.
    pub fn gauge(&self, name: &'static str, about: &'static str) -> Gauge {
        self.recorder.describe_gauge(name.into(), None, about.into());
        self.recorder.register_gauge(&Key::from_name(name), &METADATA)
    }

    /// A histogram, with buckets by its name's last word.
    pub fn histogram(
        &self,
        name: &'static str,
        about: &'static str,
        labels: &[Label],
    ) -> Histogram {
        let unit = name.ends_with("_seconds").then_some(Unit::Seconds);
        self.recorder.describe_histogram(name.into(), unit, about.into());
        self.recorder.register_histogram(&Key::from_parts(name, labels.to_vec()), &METADATA)
    }
}
