//! Why something was not done, or is not known to be.

use std::io;

use thiserror::Error;

use crate::config_file::ConfigFileError;
use crate::endpoint::nothing_answers;
use crate::exit_codes;

/// Why something was not done, or is not known to be.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No connection: nobody has heard of the request.
    #[error("{}", nothing_answers(.url, .why))]
    NoAnswer {
        /// Where it was asked.
        url: String,
        /// What came instead.
        why: String,
    },
    /// Somebody answers who may be anybody. Nobody has heard of the request.
    #[error(
        "{url} can't prove that it is who it should be ({why}): --ca-file, RINGWAY_CA_FILE or \
         `ca_file` in the config file names the certificates to go by"
    )]
    Disbelieved {
        /// Where it was asked.
        url: String,
        /// What is wrong with its certificate.
        why: String,
    },
    /// No answer, or half of one, to a question that changes nothing.
    #[error("{url} broke off in the middle of its answer ({why}); to ask again is safe")]
    ReadBrokenOff {
        /// Where it was asked.
        url: String,
        /// What came instead.
        why: String,
    },
    /// No answer to a write.
    #[error(
        "{url} had the write and did not answer it ({why}); whether it is stored is not known: \
         read before you write again, or write with --if-match"
    )]
    WriteBrokenOff {
        /// Where it was asked.
        url: String,
        /// What came instead.
        why: String,
    },
    /// An answer that no node gives.
    #[error("what answers at {url} is no node of this version of ringway ({what})")]
    Stranger {
        /// Where it was asked.
        url: String,
        /// What is strange about it.
        what: String,
    },
    /// There is no such key.
    #[error("nothing is stored under {key:?}")]
    NotFound {
        /// Which.
        key: String,
    },
    /// What must be there isn't. Nothing was changed.
    #[error("{sentence}")]
    ConditionFailed {
        /// What it says.
        sentence: String,
    },
    /// The node doesn't do it. Nothing was changed.
    #[error("{sentence}")]
    Refused {
        /// What it says.
        sentence: String,
    },
    /// Nobody can do it at present. Nothing was changed.
    #[error("{sentence}")]
    Unavailable {
        /// What it says.
        sentence: String,
    },
    /// Nobody knows.
    #[error("{sentence}")]
    Unknown {
        /// What it says.
        sentence: String,
    },
    /// Who asks is not let in. Nothing was changed.
    #[error("{sentence} (`ringway login USER`)")]
    LoggedOut {
        /// What it says.
        sentence: String,
    },
    /// There is no place for a token.
    #[error("there is no place to keep a token: neither HOME nor XDG_CONFIG_HOME is set")]
    Homeless,
    /// A file or the standard streams can't be used.
    #[error("{doing}: {source}")]
    File {
        /// What was to be done.
        doing: String,
        /// The system's word.
        source: io::Error,
    },
    /// Whoever read the output has gone, as `head` does. That is no failure.
    #[error("nobody reads the output any more")]
    ReaderGone,
    /// Not the bytes that were sent or stored.
    #[error(
        "what came of {key:?} is not what is stored: its checksum differs; to ask again is safe"
    )]
    Damaged {
        /// Which.
        key: String,
    },
    /// Of many, some could not be done. Why, was said of each.
    #[error("{failed} could not be done, {done} are")]
    Partly {
        /// How many could not.
        failed: u64,
        /// How many are done.
        done: u64,
    },
    /// Of many, those that come later were not even tried.
    #[error("{source} ({done} were done before)")]
    Stopped {
        /// What ended it.
        source: Box<ClientError>,
        /// How many are done.
        done: u64,
    },
    /// The user has ended it.
    #[error("interrupted")]
    Interrupted,
    /// What was asked for makes no sense here.
    #[error("{sentence}")]
    Usage {
        /// What it says.
        sentence: &'static str,
    },
    /// The user's configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigFileError),
}

impl ClientError {
    /// What a script sees; documented in the help and the README.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::Refused { .. } | Self::LoggedOut { .. } | Self::Partly { .. } => {
                exit_codes::REFUSED
            }
            Self::Stopped { source, .. } => source.exit_code(),
            Self::Interrupted => exit_codes::INTERRUPTED,
            Self::NotFound { .. } => exit_codes::NOT_FOUND,
            Self::ConditionFailed { .. } => exit_codes::CONDITION_FAILED,
            Self::Usage { .. } | Self::Homeless | Self::Config(_) => exit_codes::USAGE,
            Self::NoAnswer { .. }
            | Self::Disbelieved { .. }
            | Self::ReadBrokenOff { .. }
            | Self::Stranger { .. }
            | Self::Damaged { .. }
            | Self::Unavailable { .. } => exit_codes::UNAVAILABLE,
            Self::File { .. } => exit_codes::FILE,
            Self::WriteBrokenOff { .. } | Self::Unknown { .. } => exit_codes::UNKNOWN,
        }
    }

    /// Whether what is left of many would fare no better.
    pub(crate) fn ends_all(&self) -> bool {
        match self {
            Self::NoAnswer { .. }
            | Self::Disbelieved { .. }
            | Self::ReadBrokenOff { .. }
            | Self::WriteBrokenOff { .. }
            | Self::Stranger { .. }
            | Self::Unavailable { .. }
            | Self::LoggedOut { .. }
            | Self::ReaderGone
            | Self::Interrupted => true,
            Self::File { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::ReadOnlyFilesystem
            ),
            _ => false,
        }
    }

    /// What the system said when this was done with a file.
    pub(crate) fn file(doing: impl Into<String>, source: io::Error) -> Self {
        Self::File { doing: doing.into(), source }
    }
}
