//! Errors of the step.

use sky_fits::FitsErrorKind;
use sky_match::RadiusError;
use sky_services::{FetchError, ServiceError};
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError, ToolError};

/// Why a tile was not matched.
#[derive(Debug, thiserror::Error)]
pub enum XmatchError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The source catalogue lacks a column.
    #[error("the source catalogue: {0}")]
    Column(FitsErrorKind),
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

step_harness::file_errors!(XmatchError::File);

impl StepError for XmatchError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::File(error) => error.ending(),
            Self::Tool(error) => error.ending(),
            Self::Column(_) => failed("columns_missing"),
            Self::Radius(_) => failed("configuration"),
            Self::Setup(error) => service_harness::setup_ending(error),
            Self::Fetch(error) => service_harness::ending(error),
        }
    }
}
