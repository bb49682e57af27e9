//! Errors of the step.

use products::frame_set::FrameRoleError;
use sky_background::BackgroundError;
use sky_wcs::WcsError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Why a frame was not masked.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The frame is a camera's file.
    #[error(transparent)]
    Role(#[from] FrameRoleError),
    /// The image has no world coordinates: bright stars have no place on it.
    #[error(transparent)]
    Wcs(#[from] WcsError),
    /// No part of the image is good enough for a background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// Pixels of a plate that no emulsion gives.
    #[error(
        "{:.1} % of the plate's pixels are negative or clipped, at most {:.0} % expected: the archive's copy is broken here; take another archive's copy of the plate (IRSA, ESO)",
        100.0 * fraction,
        100.0 * allowed
    )]
    BrokenPixels {
        /// Share of the pixels.
        fraction: f64,
        /// Limit.
        allowed: f64,
    },
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

step_harness::file_errors!(MaskError::File);

impl StepError for MaskError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::File(error) => error.ending(),
            Self::Role(error) => ErrorEnding::Failed { reason: error.reason(), temporary: false },
            Self::Wcs(error) => ErrorEnding::Unprocessable(Reason::new("no_wcs", error.to_string())),
            Self::BrokenPixels { fraction, .. } => ErrorEnding::Unprocessable(
                Reason::new("broken_pixels", self.to_string()).with("broken_fraction", format!("{fraction:.4}")),
            ),
            Self::Background(error) => ErrorEnding::Unprocessable(Reason::new("no_background", error.to_string())),
            Self::WrongCatalogue { .. } => {
                ErrorEnding::Failed { reason: Reason::new("wrong_catalogue", self.to_string()), temporary: false }
            }
        }
    }
}
