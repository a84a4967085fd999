//! The state as bytes: in snapshots, and from node to node.

use thiserror::Error;

use super::Cluster;

/// Raised with every change of what postcard writes.
const FORMAT: u8 = 1;

impl Cluster {
    /// The state as bytes; the same state gives the same bytes everywhere.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Numbers, strings and sequences only: nothing in it can fail.
        postcard::to_allocvec(&(FORMAT, self)).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// Reads what [`Cluster::to_bytes`] wrote.
    ///
    /// # Errors
    /// When `bytes` are not of this format, or contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ClusterBytesError> {
        let (&found, _) = bytes.split_first().ok_or(ClusterBytesError::Empty)?;
        if found != FORMAT {
            return Err(ClusterBytesError::Format { found, read: FORMAT });
        }
        let (_, cluster): (u8, Self) = postcard::from_bytes(bytes)?;
        if cluster.groups.len() != cluster.partitions.iter().len() {
            return Err(ClusterBytesError::Groups {
                partitions: cluster.partitions.get(),
                groups: cluster.groups.len(),
            });
        }
        Ok(cluster)
    }
}

/// Why bytes are no state of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClusterBytesError {
    /// There are none.
    #[error("the cluster's state is empty")]
    Empty,
    /// Another version of the node wrote them.
    #[error("the cluster's state is of format {found}, and this version of ringway reads {read}")]
    Format {
        /// What they are of.
        found: u8,
        /// What this build reads.
        read: u8,
    },
    /// They are damaged.
    #[error("the cluster's state is damaged: {0}")]
    Damaged(#[from] postcard::Error),
    /// There is not one group for each partition.
    #[error("the cluster's state has {partitions} partitions, and holders of {groups}")]
    Groups {
        /// How many partitions it says.
        partitions: u32,
        /// Of how many it tells the holders.
        groups: usize,
    },
}
