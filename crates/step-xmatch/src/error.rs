//! Errors of the step.

use sky_archive::{ArchiveError, FailureKind, FetchError};
use sky_fits::{FitsError, FitsErrorKind};
use sky_match::RadiusError;
use sky_table::TableFileError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// Why a tile was not matched.
#[derive(Debug, thiserror::Error)]
pub enum XmatchError {
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The source catalogue cannot be read.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// The source catalogue lacks a column.
    #[error("the source catalogue: {0}")]
    Column(FitsErrorKind),
    /// A reference catalogue cannot be read, or a table not be written.
    #[error(transparent)]
    Table(#[from] TableFileError),
    /// A radius of the configuration.
    #[error(transparent)]
    Radius(#[from] RadiusError),
    /// The CDS service failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The network client could not be set up.
    #[error(transparent)]
    Setup(#[from] ArchiveError),
}

impl StepError for XmatchError {
    fn ending(&self) -> ErrorEnding {
        let failed =
            |kind: &str, temporary| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary };
        let disk = |source: &std::io::Error| ErrorEnding::Disk(Reason::new("disk", source.kind().to_string()));
        match self {
            Self::Output(error) => disk(&error.source),
            Self::Fits(FitsError { kind: FitsErrorKind::Io(source), .. }) => disk(source),
            Self::Table(TableFileError::Io { source, .. }) => disk(source),
            // A FITS error names its file with the folder; its kind does not.
            Self::Fits(error) => {
                ErrorEnding::Failed { reason: Reason::new("bad_catalogue", error.kind.to_string()), temporary: false }
            }
            Self::Column(_) => failed("missing_column", false),
            Self::Table(_) => failed("bad_reference", false),
            Self::Radius(_) | Self::Setup(_) => failed("configuration", false),
            Self::Fetch(FetchError { kind: FailureKind::Disk { .. }, .. }) => {
                ErrorEnding::Disk(Reason::new("disk", "the cache of the CDS service cannot be written"))
            }
            Self::Fetch(error) => failed(error.kind.name(), error.kind.is_temporary()),
        }
    }
}
