//! How catalog fails.

use sky_catalog::TableError;
use sky_services::{FetchError, ServiceError};
use sky_table::TableFileError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

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
    /// The local table cannot be read.
    #[error("the local table cannot be read: {0}")]
    Local(TableFileError),
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
    /// A column does not hold what it should.
    #[error("{0}")]
    Table(TableError),
    /// The table could not be written.
    #[error("write the table: {0}")]
    Write(TableFileError),
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
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
            Self::Local(error) => permanent_local(error),
            Self::LocalTruncated { .. } => permanent("truncated"),
            Self::NoColumn { .. } => permanent("columns_missing"),
            Self::Unit { .. } => permanent("unknown_unit"),
            Self::Table(_) => permanent("bad_column"),
            Self::Write(error) => ErrorEnding::Disk(Reason::new("disk", disk(error))),
            Self::Output(error) => error.ending(),
        }
    }
}

/// A local table that cannot be read: the message without the folder of this machine.
fn permanent_local(error: &TableFileError) -> ErrorEnding {
    let kind = match error {
        TableFileError::Io { .. } => return ErrorEnding::Disk(Reason::new("disk", disk(error))),
        TableFileError::Truncated { .. } => "truncated",
        TableFileError::Service { .. } => "service_error",
        TableFileError::TooLarge { .. } => "oversize",
        _ => "garbled",
    };
    let text = error.to_string();
    // The readers name the file first, as a path; what follows it says what is wrong.
    let (path, message) = text.split_once(": ").unwrap_or(("", text.as_str()));
    let name = path.rsplit('/').next().unwrap_or_default();
    ErrorEnding::Failed {
        reason: Reason::new(kind, format!("the local table {name} cannot be read: {message}")),
        temporary: false,
    }
}

fn disk(error: &TableFileError) -> String {
    match error {
        TableFileError::Io { source, .. } => format!("a table cannot be read or written: {}", source.kind()),
        _ => "a table cannot be written".to_owned(),
    }
}
