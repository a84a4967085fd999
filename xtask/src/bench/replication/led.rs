//! Keys that one node leads.

use ringway_ring::{Key, NodeId, View};

/// Keys that begin with `name` and are led by the node `id`, while all is well. There is no
/// end to them.
pub(super) fn keys(view: &View, id: &NodeId, name: &str) -> impl Iterator<Item = String> {
    let is_led = |key: &String| {
        let Ok(key) = Key::new(key.as_str()) else { return false };
        let primary = view.preference_list(view.partition(key.position())).next();
        primary.is_some_and(|primary| primary.id == *id)
    };
    let name = name.to_owned();
    (0_u64..).map(move |number| format!("{name}-{number}")).filter(is_led)
}
