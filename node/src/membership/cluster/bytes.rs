//! The state as bytes: in snapshots, and from node to node.

use thiserror::Error;

use super::Cluster;

/// Raised with every change of what postcard writes, and of what that means.
const FORMAT: u8 = 5;
/// The one before, which did not count what there is to copy: at its end, one zero says so.
const WITHOUT_EXTENT: u8 = 4;
/// The one before that, whose keys that sign tokens lay open. It is read as it is; a node of then would
/// take a sealed key for a damaged one.
const WITH_OPEN_KEYS: u8 = 3;
/// Earlier, there were neither certificates nor join tokens: two zeros more.
const WITHOUT_CA: u8 = 2;
/// At first, there were no users either: one zero more.
const WITHOUT_USERS: u8 = 1;

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
        let (_, cluster): (u8, Self) = match found {
            FORMAT => postcard::from_bytes(bytes)?,
            WITHOUT_EXTENT | WITH_OPEN_KEYS => postcard::from_bytes(&[bytes, &[0; 1]].concat())?,
            WITHOUT_CA => postcard::from_bytes(&[bytes, &[0; 3]].concat())?,
            WITHOUT_USERS => postcard::from_bytes(&[bytes, &[0; 4]].concat())?,
            _ => return Err(ClusterBytesError::Format { found, read: FORMAT }),
        };
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

#[cfg(test)]
mod tests {
    use ringway_auth::{AuthCommand, Claims, PasswordHash, SigningKey};

    use super::*;
    use crate::membership::Command;
    use crate::membership::sample::cluster_of;

    #[test]
    fn a_state_from_before_there_were_users_certificates_or_seals_is_read() {
        let cluster = cluster_of(&["n1", "n2"]);
        for (format, zeros) in [(WITHOUT_EXTENT, 1), (WITHOUT_CA, 3), (WITHOUT_USERS, 4)] {
            let mut bytes = cluster.to_bytes();
            assert_eq!(bytes[0], FORMAT);
            bytes[0] = format;
            assert!(bytes.split_off(bytes.len() - zeros).iter().all(|byte| *byte == 0));
            assert_eq!(Cluster::from_bytes(&bytes).as_ref(), Ok(&cluster));
        }
    }

    /// A key of format 3 as that was written: a text, which says what it is.
    #[test]
    fn a_key_that_lay_open_is_read_and_signs() {
        let (mut cluster, key) = (cluster_of(&["n1"]), SigningKey::generate(0).unwrap());
        let (admin, password) = ("admin".parse().unwrap(), PasswordHash::decoy());
        let set_up = AuthCommand::SetUp { key: key.clone(), admin, password };
        cluster.apply(Command::Auth(set_up)).unwrap();
        let mut bytes = cluster.to_bytes();
        bytes[0] = WITH_OPEN_KEYS;
        assert_eq!(bytes.pop(), Some(0));
        let begin = b"-----BEGIN PRIVATE KEY-----\n";
        assert!(bytes.windows(begin.len()).any(|window| window == begin));
        let read = Cluster::from_bytes(&bytes).unwrap();
        let keys = read.auth().unwrap().keys();
        assert!(keys.lies_open() && keys.check_seal(None).is_ok());
        let claims = Claims::new("us", "ann".parse().unwrap(), 1, 0);
        assert_eq!(keys.signer(0).unwrap().sign(&claims), key.sign(&claims));
    }

    #[test]
    fn users_and_keys_are_in_the_bytes_and_a_change_of_them_makes_an_epoch() {
        let mut cluster = cluster_of(&["n1"]);
        let (before, key) = (cluster.epoch(), SigningKey::generate(0).unwrap());
        let (admin, password) = ("admin".parse().unwrap(), PasswordHash::decoy());
        let set_up = AuthCommand::SetUp { key, admin, password };
        let epoch = cluster.apply(Command::Auth(set_up.clone())).unwrap();
        assert_eq!(epoch, before.next());
        assert!(cluster.apply(Command::Auth(set_up)).is_err());
        assert_eq!(cluster.epoch(), epoch, "a refusal changes nothing");
        let read = Cluster::from_bytes(&cluster.to_bytes()).unwrap();
        assert_eq!(read, cluster);
        let admin = &read.auth().unwrap().users()[&"admin".parse().unwrap()];
        assert_eq!(admin.since, epoch.get());
    }

    #[test]
    fn a_state_of_a_later_version_is_refused() {
        let mut bytes = cluster_of(&["n1"]).to_bytes();
        bytes[0] = FORMAT + 1;
        let refused = ClusterBytesError::Format { found: FORMAT + 1, read: FORMAT };
        assert_eq!(Cluster::from_bytes(&bytes), Err(refused));
    }
}
