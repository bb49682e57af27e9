//! Errors of the step.

use sky_fits::{FitsError, FitsErrorKind};
use sky_match::RadiusError;
use sky_services::{FetchError, ServiceError};
use sky_table::TableFileError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError, ToolError};

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
    /// STILTS failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The CDS service failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The network client could not be set up.
    #[error(transparent)]
    Setup(#[from] ServiceError),
}

impl StepError for XmatchError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        let disk = |source: &std::io::Error| ErrorEnding::Disk(Reason::new("disk", source.kind().to_string()));
        match self {
            Self::Output(error) => error.ending(),
            Self::Fits(FitsError { kind: FitsErrorKind::Io(source), .. }) => disk(source),
            Self::Table(TableFileError::Io { source, .. }) => disk(source),
            // A FITS error names its file with the folder; its kind does not.
            Self::Fits(error) => {
                ErrorEnding::Failed { reason: Reason::new("bad_catalogue", error.kind.to_string()), temporary: false }
            }
            Self::Tool(error) => error.ending(),
            Self::Column(_) => failed("missing_column"),
            Self::Table(error) => {
                // The readers name the file first, as a path; what follows it says what is wrong.
                let text = error.to_string();
                let message = text.split_once(": ").map_or(text.as_str(), |(_, what)| what).to_owned();
                ErrorEnding::Failed { reason: Reason::new("bad_reference", message), temporary: false }
            }
            Self::Radius(_) => failed("configuration"),
            Self::Setup(error) => service_harness::setup_ending(error),
            Self::Fetch(error) => service_harness::ending(error),
        }
    }
}
