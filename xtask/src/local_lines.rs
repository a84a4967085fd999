//! The lines of a deployed configuration that are otherwise on this machine.

/// What ends each of them.
pub(crate) const MARK: &str = " # [local]";

/// `deployed`, with what `local` makes of each marked line in its place.
pub(crate) fn derive<E>(
    deployed: &str,
    mut local: impl FnMut(&str) -> Result<Vec<String>, E>,
) -> Result<String, E> {
    let mut derived = String::with_capacity(deployed.len());
    for line in deployed.lines() {
        match line.strip_suffix(MARK) {
            None => derived.extend([line, "\n"]),
            Some(text) => {
                for line in local(text)? {
                    derived.extend([&line, "\n"]);
                }
            }
        }
    }
    Ok(derived)
}
