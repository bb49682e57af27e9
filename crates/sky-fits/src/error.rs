//! What can be wrong with a FITS file.

use thiserror::Error;

/// A FITS file that cannot be read or written: which file, which HDU, what is wrong.
#[derive(Debug, Error)]
#[error("{file}{}: {kind}", hdu.map(|hdu| format!(", HDU {hdu}")).unwrap_or_default())]
pub struct FitsError {
    /// The file as it was named, or `memory`.
    pub file: String,
    /// 0-based number of the HDU, where the fault lies in one.
    pub hdu: Option<usize>,
    /// What is wrong.
    pub kind: FitsErrorKind,
}

/// What is wrong with a FITS file, whichever file it is.
#[derive(Debug, Error)]
pub enum FitsErrorKind {
    /// The operating system refused.
    #[error("cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The first bytes are not those of a FITS file.
    #[error(
        "not a FITS file: it begins with \"{found}\", expected \"SIMPLE  =\"; look at it with a text viewer, it may be an error page"
    )]
    NotFits {
        /// The first bytes, printable.
        found: String,
    },
    /// The file ends before its headers say that it does.
    #[error("truncated: {found_bytes} bytes found, the headers ask for {expected_bytes}; fetch it again")]
    Truncated {
        /// Bytes that the headers ask for.
        expected_bytes: u64,
        /// Bytes that there are.
        found_bytes: u64,
    },
    /// Bytes after the last HDU that are neither padding nor an extension.
    #[error(
        "{bytes} bytes after the last HDU at byte {position} are neither zero padding nor an extension: \"{found}\""
    )]
    TrailingBytes {
        /// Where they begin.
        position: u64,
        /// How many there are.
        bytes: u64,
        /// The first of them, printable.
        found: String,
    },
    /// A card is missing or has a value that cannot be.
    #[error("keyword {keyword}: found {found}, expected {expected}")]
    Header {
        /// Keyword.
        keyword: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
    },
    /// More than the limits of the reader allow.
    #[error("{what}: {found} found, at most {limit} allowed; raise the limit if the file is honest")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// No HDU holds a two-dimensional image.
    #[error("no HDU holds a two-dimensional image; found {found}")]
    NoImage {
        /// The HDUs that are there.
        found: String,
    },
    /// No HDU holds the table that was asked for.
    #[error("no {wanted}; found {found}")]
    NoTable {
        /// What was asked for.
        wanted: String,
        /// The HDUs that are there.
        found: String,
    },
    /// The data unit is not what it was when its checksum was written.
    #[error(
        "DATASUM is {expected}, the data sum to {found}: the data changed after the card was written; fetch the file again or remove the card"
    )]
    Checksum {
        /// The sum in the header.
        expected: u64,
        /// The sum of the data.
        found: u64,
    },
    /// Compressed data that do not decode.
    #[error("compressed data do not decode: {reason}")]
    Compressed {
        /// What the decoder says.
        reason: String,
    },
    /// A column that cannot be read as asked, or written as given.
    #[error("column {column}: found {found}, expected {expected}")]
    Column {
        /// Name or number of the column.
        column: String,
        /// What is there.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A legal file that this reader does not read.
    #[error("not supported: {what}")]
    Unsupported {
        /// What it is.
        what: String,
    },
}

impl FitsErrorKind {
    /// The same as an error of a file.
    pub(crate) fn of(self, file: &str, hdu: Option<usize>) -> FitsError {
        FitsError { file: file.to_owned(), hdu, kind: self }
    }

    pub(crate) fn header(keyword: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Header { keyword: keyword.to_owned(), found: found.into(), expected: expected.into() }
    }

    pub(crate) fn column(column: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Column { column: column.to_owned(), found: found.into(), expected: expected.into() }
    }
}
