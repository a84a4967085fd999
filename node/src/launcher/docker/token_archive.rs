//! A join token on its way into a container.

use std::io;

use tar::{Builder, Header};

use crate::join_token::JoinToken;

/// What the file is called, beside the node's data.
pub(super) const NAME: &str = "join-token";

/// An archive, as Docker takes them, with a file that holds `token`, for its `owner` alone: by
/// numbers, since names are the container's.
pub(super) fn token_archive(token: &JoinToken, (user, group): (u64, u64)) -> io::Result<Vec<u8>> {
    let content = token.reveal().as_bytes();
    let mut header = Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o600);
    header.set_uid(user);
    header.set_gid(group);
    let mut archive = Builder::new(Vec::new());
    archive.append_data(&mut header, NAME, content)?;
    archive.into_inner()
}

/// Whose the first file or directory in `archive` is, which may be cut off after it.
pub(super) fn owner(archive: &[u8]) -> Option<(u64, u64)> {
    let header = Header::from_byte_slice(archive.first_chunk::<512>()?);
    Some((header.uid().ok()?, header.gid().ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_token_is_its_owners_alone() {
        let token = JoinToken::random().unwrap();
        let bytes = token_archive(&token, (10_001, 10_002)).unwrap();
        assert_eq!(owner(&bytes), Some((10_001, 10_002)));
        let mut archive = tar::Archive::new(&*bytes);
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some(NAME));
        assert_eq!(entry.header().mode().unwrap(), 0o600);
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        assert_eq!(text, token.reveal());
        assert_eq!(owner(&bytes[..511]), None);
    }
}
