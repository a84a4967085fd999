//! Files that are their owner's alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

/// What others than its owner may do with a file.
const OTHERS: u32 = 0o077;

/// The mode of `file` where others than its owner can use it: of what was opened, whatever its
/// path means by now.
///
/// # Errors
/// When the system doesn't tell.
pub fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    let mode = file.metadata()?.mode() & 0o777;
    Ok((mode & OTHERS != 0).then_some(mode))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_private_where_only_its_owner_can_use_it() {
        let file = tempfile::tempfile().unwrap();
        for (mode, open) in [
            (0o600, None),
            (0o400, None),
            (0o700, None),
            (0o640, Some(0o640)),
            (0o604, Some(0o604)),
            (0o620, Some(0o620)),
            (0o601, Some(0o601)),
        ] {
            file.set_permissions(Permissions::from_mode(mode)).unwrap();
            assert_eq!(open_to_others(&file).unwrap(), open, "{mode:o}");
        }
    }
}
