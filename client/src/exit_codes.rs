//! What a script sees of how a command ended: by sysexits.h where that has one, and the same
//! as those of `ringway ring`.

/// It is not done, and the answer says why.
pub(crate) const REFUSED: u8 = 1;
/// Nothing is stored under the key.
pub(crate) const NOT_FOUND: u8 = 3;
/// The condition doesn't hold.
pub(crate) const CONDITION_FAILED: u8 = 4;
/// `EX_USAGE`.
pub(crate) const USAGE: u8 = 64;
/// `EX_UNAVAILABLE`.
pub(crate) const UNAVAILABLE: u8 = 69;
/// `EX_IOERR`.
pub(crate) const FILE: u8 = 74;
/// `EX_TEMPFAIL`.
pub(crate) const UNKNOWN: u8 = 75;
/// What shells say of who was ended by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// The same, for people.
pub(crate) const HELP: &str = "\
Exit status: 0 when it is done, 1 when it is refused, or some of many values are, 3 when there is no such key, 4 when the \
condition does not hold, 64 when the command line makes no sense, 69 when nobody answers or the \
cluster can't at present and nothing was changed, 74 when a file can't be read or written, 75 \
when it is not known whether it was done, 130 after Ctrl-C.";
