//! One metric of those that a program shows to Prometheus.

use std::iter::Sum;
use std::str::FromStr;

/// What `url` shows of the metric `name`, summed over its labels; nothing where it doesn't answer
/// or has no such. `name` may end with the first of the labels: `name{label="value"`.
pub(crate) async fn metric<T: FromStr + Sum>(url: &str, name: &str) -> Option<T> {
    let text = reqwest::get(url).await.ok()?.text().await.ok()?;
    sum(&text, name)
}

fn sum<T: FromStr + Sum>(text: &str, name: &str) -> Option<T> {
    let named = text.lines().filter_map(|line| line.strip_prefix(name));
    let named = named.filter(|rest| rest.starts_with(['{', ' ', '}', ',']));
    let values: Option<Vec<T>> = named.map(|rest| rest.rsplit(' ').next()?.parse().ok()).collect();
    values.filter(|values| !values.is_empty()).map(|values| values.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_name_are_added_and_others_left() {
        let text = "# TYPE a gauge\na 3\na_b 100\nc{x=\"1\"} 4\nc{x=\"1\",y=\"2\"} 5\nc{x=\"12\"} 6\nd 0.5\n";
        assert_eq!(sum::<u64>(text, "a"), Some(3));
        assert_eq!(sum::<u64>(text, "c"), Some(15));
        assert_eq!(sum::<u64>(text, "c{x=\"1\""), Some(9));
        assert_eq!(sum::<f64>(text, "d"), Some(0.5));
        assert_eq!(sum::<u64>(text, "d"), None, "no whole number");
        assert_eq!(sum::<u64>(text, "e"), None);
    }
}
