//! What the claim needs to know of a node.

use serde::{Deserialize, Serialize};

use crate::{NodeId, Weight, Zone};

/// A node as the claim sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name; unique in the cluster.
    pub id: NodeId,
    /// What it fails together with.
    pub zone: Zone,
    /// How much it takes.
    pub weight: Weight,
}

impl Member {
    /// A node that weighs one and is in no named zone.
    #[must_use]
    pub fn new(id: NodeId) -> Self {
        Self { id, zone: Zone::default(), weight: Weight::ONE }
    }
}
