//! Node to node: what the nodes of a cluster must share to speak with each other.

mod cluster_name;
mod peer_address;
mod secret;

pub use self::cluster_name::{ClusterName, ClusterNameError};
pub use self::peer_address::PeerAddress;
pub use self::secret::{Secret, SecretError};
