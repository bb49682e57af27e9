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
    #[error("cannot be read or written: {0}; look at its path, its rights and the disk")]
    Io(#[from] std::io::Error),
    /// The first bytes are not those of a FITS file.
    #[error(
        "not a FITS file: found \"{found}\" at its beginning, expected \"SIMPLE  =\"; look at it with a text viewer, it may be an error page"
    )]
    NotFits {
        /// The first bytes, printable.
        found: String,
    },
    /// The file ends before its headers say that it does.
    #[error("truncated: found {found_bytes} bytes, expected {expected_bytes} as the headers say; fetch it again")]
    Truncated {
        /// Bytes that the headers ask for.
        expected_bytes: u64,
        /// Bytes that there are.
        found_bytes: u64,
    },
    /// Bytes after the last HDU that are neither padding nor an extension.
    #[error(
        "behind the last HDU: found {bytes} bytes at byte {position} (\"{found}\"), expected zero padding or an extension; \
         the header is not of this file or bytes were added: fetch it again"
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
    #[error("keyword {keyword}: found {found}, expected {expected}; fetch the file again or mend its header")]
    Header {
        /// Keyword.
        keyword: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
    },
    /// More than the limits of the reader allow.
    #[error("{what}: found {found}, expected at most {limit}; raise the limit if the file is honest")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// No HDU holds a two-dimensional image.
    #[error("in its HDUs: found {found}, expected an HDU with a two-dimensional image; give a file that has one")]
    NoImage {
        /// The HDUs that are there.
        found: String,
    },
    /// No HDU holds the table that was asked for.
    #[error("in its HDUs: found {found}, expected a {wanted}; give a file that has one")]
    NoTable {
        /// What was asked for.
        wanted: String,
        /// The HDUs that are there.
        found: String,
    },
    /// The data unit is not what it was when its checksum was written.
    #[error(
        "keyword DATASUM: found data that sum to {found}, expected {expected}: they changed after the card was written; \
         fetch the file again or remove the card"
    )]
    Checksum {
        /// The sum in the header.
        expected: u64,
        /// The sum of the data.
        found: u64,
    },
    /// The sum over header and data is not the one that CHECKSUM makes it.
    #[error(
        "keyword CHECKSUM: found an HDU that sums to {found:#010x}, expected 0xffffffff: header or data changed after the \
         card was written; fetch the file again or remove the card"
    )]
    HduChecksum {
        /// The sum of the HDU, 32-bit ones' complement.
        found: u64,
    },
    /// The machine (or the limit of the process) has no memory for it.
    #[error(
        "found no memory for {bytes} bytes of {what}, expected as much; free memory, raise its limit or cut the file"
    )]
    NoMemory {
        /// What was to be held.
        what: &'static str,
        /// Bytes that were asked for.
        bytes: u64,
    },
    /// Compressed data that do not decode.
    #[error(
        "compressed data: found {reason}, expected data that decode to the image of the header; fetch the file again"
    )]
    Compressed {
        /// What the decoder says.
        reason: String,
    },
    /// A column that cannot be read as asked, or written as given.
    #[error("column {column}: found {found}, expected {expected}; give a file with such a column")]
    Column {
        /// Name or number of the column.
        column: String,
        /// What is there.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// cfitsio does not read what this crate reads.
    #[error("cfitsio: found {reason}, expected pixels; read the file with the decoder of this crate")]
    Cfitsio {
        /// What cfitsio says.
        reason: String,
    },
    /// The mask belongs to another image.
    #[error(
        "the mask has {columns} x {rows} pixels, the image {width} x {height}; give the mask that was made of this image"
    )]
    MaskShape {
        /// Columns of the mask.
        columns: usize,
        /// Rows of the mask.
        rows: usize,
        /// Columns of the image.
        width: usize,
        /// Rows of the image.
        height: usize,
    },
    /// An XISF file in which something cannot be.
    #[error("{place}: found {found}, expected {expected}; save or fetch the file again")]
    Xisf {
        /// Attribute or part of the file.
        place: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: String,
    },
    /// A legal file that this reader does not read.
    #[error("in its content: found {what}, expected a file that this reader supports; convert it first")]
    Unsupported {
        /// What it is.
        what: String,
    },
}

impl FitsError {
    /// The message with the name of the file alone: for records that must not follow where it lies.
    pub fn without_folder(&self) -> String {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let hdu = self.hdu.map(|hdu| format!(", HDU {hdu}")).unwrap_or_default();
        format!("{name}{hdu}: {}", self.kind)
    }
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
