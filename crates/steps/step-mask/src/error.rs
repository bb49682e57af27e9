//! Errors of the step.

use sky_background::BackgroundError;
use sky_fits::{FitsError, FitsErrorKind};
use sky_table::TableFileError;
use sky_wcs::WcsError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// Why a frame was not masked.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The image cannot be read, or a result not be written.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// The image has no world coordinates: bright stars have no place on it.
    #[error(transparent)]
    Wcs(#[from] WcsError),
    /// No part of the image is good enough for a background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// The catalogue of bright stars cannot be read.
    #[error(transparent)]
    Catalogue(#[from] TableFileError),
    /// Another catalogue than the configuration asks for.
    #[error(
        "the bright stars come from {found}, the configuration asks for {expected}; bind that catalogue or leave `catalog` empty"
    )]
    WrongCatalogue {
        /// Name of the catalogue that is bound.
        found: String,
        /// Name in the configuration.
        expected: String,
    },
}

impl StepError for MaskError {
    fn ending(&self) -> ErrorEnding {
        // Reasons name no folder: FITS errors say their kind, table errors name the file alone.
        match self {
            Self::Output(error) => ErrorEnding::Disk(Reason::new("disk", error.source.kind().to_string())),
            Self::Fits(error) => match &error.kind {
                FitsErrorKind::Io(source) => ErrorEnding::Disk(Reason::new("disk", source.kind().to_string())),
                FitsErrorKind::NoMemory { .. } => {
                    ErrorEnding::Failed { reason: Reason::new("no_memory", error.without_folder()), temporary: false }
                }
                _ => ErrorEnding::Unprocessable(Reason::new("bad_fits", error.without_folder())),
            },
            Self::Wcs(error) => ErrorEnding::Unprocessable(Reason::new("no_wcs", error.to_string())),
            Self::Background(error) => ErrorEnding::Unprocessable(Reason::new("no_background", error.to_string())),
            Self::Catalogue(TableFileError::Io { source, .. }) => {
                ErrorEnding::Disk(Reason::new("disk", source.kind().to_string()))
            }
            Self::Catalogue(error) => {
                ErrorEnding::Failed { reason: Reason::new("bad_catalogue", error.to_string()), temporary: false }
            }
            Self::WrongCatalogue { .. } => {
                ErrorEnding::Failed { reason: Reason::new("wrong_catalogue", self.to_string()), temporary: false }
            }
        }
    }
}
