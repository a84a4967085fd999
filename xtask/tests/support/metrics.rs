//! The filter's metrics, as Envoy publishes them.

/// The sum of the metric `name` over its labels.
pub(crate) async fn sum(admin: &str, name: &str) -> u64 {
    let text = reqwest::get(format!("{admin}/stats/prometheus")).await.unwrap().text().await;
    let text = text.unwrap();
    let is_named = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' '))
    };
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    text.lines().filter(is_named).map(value).sum()
}
