//! What the nodes of a stack share, and nobody else knows.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Where the system keeps its randomness.
const RANDOMNESS: &str = "/dev/urandom";

/// Writes a random secret to `path`, for this user to read, unless one is there from an
/// earlier stack.
pub(super) fn keep(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut random = [0; 32];
    File::open(RANDOMNESS)?.read_exact(&mut random)?;
    // Renamed when it is whole: a stack that dies in between leaves none.
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(random.map(|byte| format!("{byte:02x}")).concat().as_bytes())?;
    match file.persist_noclobber(path) {
        // Another stack was faster: then its secret is theirs both.
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::keep;

    #[test]
    fn it_is_random_private_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| directory.path().join(name));
        keep(&one).unwrap();
        let secret = fs::read_to_string(&one).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
        keep(&one).unwrap();
        assert_eq!(fs::read_to_string(&one).unwrap(), secret);
        keep(&other).unwrap();
        assert_ne!(fs::read_to_string(&other).unwrap(), secret);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2, "nothing else is left");
    }
}
