//! What a script sees of how a command of `ringway` ended: by sysexits.h where that has one.

/// It is not done, and the answer says why.
pub const REFUSED: u8 = 1;
/// Nothing is stored under the key.
pub const NOT_FOUND: u8 = 3;
/// The condition doesn't hold.
pub const CONDITION_FAILED: u8 = 4;
/// `EX_USAGE`.
pub const USAGE: u8 = 64;
/// `EX_UNAVAILABLE`.
pub const UNAVAILABLE: u8 = 69;
/// `EX_IOERR`.
pub const FILE: u8 = 74;
/// `EX_TEMPFAIL`.
pub const UNKNOWN: u8 = 75;
/// What shells say of who was ended by Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// The same, for people.
pub(crate) const HELP: &str = "\
Exit status: 0 when it is done, 1 when it is refused, or some of many values are, 3 when there \
is no such key, 4 when the condition does not hold, 64 when the command line makes no sense, 69 \
when nobody answers or the cluster can't at present and nothing was changed, 74 when a file can't \
be read or written, 75 when it is not known whether it was done, 130 after Ctrl-C.";

#[cfg(test)]
mod tests {
    use super::*;

    /// The chapter on the client, not those on other programs.
    const README: &str = include_str!("../../README.md");

    #[test]
    fn the_help_and_the_readme_name_each_of_them() {
        let (_, chapter) = README.split_once("### On the command line").unwrap();
        let (chapter, _) = chapter.split_once("\n## ").unwrap();
        for code in [
            0,
            REFUSED,
            NOT_FOUND,
            CONDITION_FAILED,
            USAGE,
            UNAVAILABLE,
            FILE,
            UNKNOWN,
            INTERRUPTED,
        ] {
            assert!(chapter.contains(&format!("\n| {code} | ")), "{code}: {chapter}");
            let mut words = HELP.split(|letter: char| !letter.is_ascii_alphanumeric());
            assert!(words.any(|word| word == code.to_string()), "{code}: {HELP}");
        }
    }
}
