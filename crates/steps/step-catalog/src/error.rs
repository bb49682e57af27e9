//! How catalog fails.

use sky_catalog::TableError;
use sky_services::{FetchError, ServiceError};
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// An error of one frame's catalogue, or of the whole step where it cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A service failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The archive could not be set up.
    #[error(transparent)]
    Setup(#[from] ServiceError),
    /// The frame does not say where it lies.
    #[error("the frame has no world coordinates, so nobody knows which part of the catalogue it needs")]
    NoAstrometry,
    /// A file is configured and there is no folder.
    #[error("local.file is {file:?}, but no folder of tables was given: add --input local=DIR")]
    NoLocalFolder {
        /// The file.
        file: String,
    },
    /// The folder lacks the file.
    #[error("local.file is {file:?}, the folder of the input local holds {there}")]
    NoSuchLocalFile {
        /// The file.
        file: String,
        /// What is there.
        there: String,
    },
    /// A job without its table.
    #[error("no local table was bound")]
    NoLocalFile,
    /// The local table says of itself that it is not whole.
    #[error(
        "the local table {file}: found rows cut off ({notes}), expected a whole table; fetch it again without a limit"
    )]
    LocalTruncated {
        /// The file below the folder.
        file: String,
        /// What it says.
        notes: String,
    },
    /// A column that must be there.
    #[error("no column of {what}: looked for {names}; found {found}; name it in local.columns")]
    NoColumn {
        /// What it holds.
        what: &'static str,
        /// Names that were tried.
        names: String,
        /// Names that are there.
        found: String,
    },
    /// A unit of another quantity.
    #[error("column {column} is in {found:?}, expected {expected}")]
    Unit {
        /// The column.
        column: String,
        /// Its unit.
        found: String,
        /// Units that are understood.
        expected: &'static str,
    },
    /// A cell of the local table is not what its column should hold.
    #[error("the local table {file}, {place}, column {column}: found {cell:?}, expected {expected}")]
    LocalCell {
        /// The file below the folder.
        file: String,
        /// Its line, or row.
        place: String,
        /// The column.
        column: String,
        /// What stands there.
        cell: String,
        /// What should.
        expected: &'static str,
    },
    /// A column does not hold what it should.
    #[error("{0}")]
    Table(TableError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
}

step_harness::file_errors!(CatalogError::File);

impl CatalogError {
    /// The same with the place in the local file, where it is about a cell.
    pub(crate) fn in_local_file(self, file: &str, place: impl Fn(u64) -> String) -> Self {
        match self {
            Self::Table(TableError::BadCell { column, row, cell, wanted }) => {
                Self::LocalCell { file: file.to_owned(), place: place(row as u64), column, cell, expected: wanted }
            }
            other => other,
        }
    }
}

impl StepError for CatalogError {
    fn ending(&self) -> ErrorEnding {
        let permanent =
            |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Fetch(error) => service_harness::ending(error),
            Self::Setup(error) => service_harness::setup_ending(error),
            Self::NoAstrometry => ErrorEnding::Unprocessable(Reason::new("no_wcs", self.to_string())),
            Self::NoLocalFolder { .. } | Self::NoSuchLocalFile { .. } | Self::NoLocalFile => permanent("configuration"),
            Self::LocalTruncated { .. } => permanent("rows_truncated"),
            Self::NoColumn { .. } => permanent("columns_missing"),
            Self::Unit { .. } | Self::LocalCell { .. } | Self::Table(_) => permanent("bad_column"),
            Self::File(error) => error.ending(),
        }
    }
}
