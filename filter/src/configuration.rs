//! What the operator wrote for the filter.

use serde::Deserialize;

/// The plugin's configuration in Envoy's YAML, as JSON.
///
/// Strict: a field that this build does not know is a mistake that Envoy should refuse
/// at start rather than ignore.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The cluster of nodes that are asked for the view: whichever answers.
    pub control_cluster: String,
}

impl Configuration {
    /// Reads the JSON.
    ///
    /// # Errors
    /// When it is not JSON, a field is missing, or one is unknown.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

#[cfg(test)]
mod tests {
    use super::Configuration;

    #[test]
    fn only_what_is_known_is_accepted() {
        let read = Configuration::from_json(br#"{"control_cluster":"control"}"#).unwrap();
        assert_eq!(read, Configuration { control_cluster: "control".into() });
        for wrong in ["", "{}", r#"{"control_cluster":1}"#, r#"{"control_cluster":"c","x":1}"#] {
            assert!(Configuration::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
