//! What can be wrong with a table on disk.

use thiserror::Error;

/// A table that cannot be read or written. An answer that failed is never an empty table.
#[derive(Debug, Error)]
pub enum TableFileError {
    /// The operating system refused.
    #[error("{file}: cannot be read or written: {source}; look at its path, its rights and the disk")]
    Io {
        /// The file as it was named.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The content is no table of a known format.
    #[error(
        "{file}: not a table: found {found:?} at its beginning, expected CSV, TSV, VizieR asu-tsv, ECSV, VOTable, FITS or Parquet; \
         look at it with a text viewer"
    )]
    NotATable {
        /// The file as it was named.
        file: String,
        /// The first characters.
        found: String,
    },
    /// The content is a service's message of failure, or a web page.
    #[error("{file}: in its text: found the error of a service ({message}), expected a table; ask the service again")]
    Service {
        /// The file as it was named.
        file: String,
        /// What the service says.
        message: String,
    },
    /// A format that could hold a table, but there is none in it: nothing was found, or nothing was answered.
    #[error("{file}: in its content: found {found}, expected a table; give a file that holds one")]
    NoTable {
        /// The file as it was named.
        file: String,
        /// What it holds.
        found: String,
    },
    /// More than one table, and none was chosen; or none of the chosen name.
    #[error("{file}: in its list of tables: found the tables {}, expected {wanted}; choose one by its name", names.join(", "))]
    WhichTable {
        /// The file as it was named.
        file: String,
        /// What was asked for.
        wanted: String,
        /// The tables that are there.
        names: Vec<String>,
    },
    /// The content ends too early.
    #[error("{file}: truncated: found {what}, expected a whole file; fetch it again")]
    Truncated {
        /// The file as it was named.
        file: String,
        /// Where it ends.
        what: String,
    },
    /// A place that breaks the format.
    #[error("{file}: {place}: found {found}, expected {expected}; mend the file or fetch it again")]
    Malformed {
        /// The file as it was named.
        file: String,
        /// Line, row or element.
        place: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// More than the limits of the reader allow.
    #[error("{file}: {what}: found {found}, expected at most {limit}; cut the file into parts if it is honest")]
    TooLarge {
        /// The file as it was named.
        file: String,
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A legal file that this reader does not read.
    #[error("{file}: in its content: found {what}, expected a file that this reader supports; convert it first")]
    Unsupported {
        /// The file as it was named.
        file: String,
        /// What it is.
        what: String,
    },
    /// A FITS file that cannot be read.
    #[error(transparent)]
    Fits(#[from] sky_fits::FitsError),
    /// The columns are not those that were declared.
    #[error("columns differ from their declaration: {}", problems.join("; "))]
    Columns {
        /// One sentence for each difference.
        problems: Vec<String>,
    },
}

impl TableFileError {
    pub(crate) fn malformed(
        file: &str,
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Malformed { file: file.to_owned(), place: place.into(), found: found.into(), expected: expected.into() }
    }

    pub(crate) fn output(source: std::io::Error) -> Self {
        Self::Io { file: "output".to_owned(), source }
    }
}
