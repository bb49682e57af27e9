//! Errors of the step.

use sky_detect::DetectError as KernelError;
use sky_fits::{FitsError, FitsErrorKind};
use sky_photometry::ClassifierError;
use sky_psf::PsfError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// Why a frame has no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The image, its mask or the PSF model cannot be read, or the catalogue not be written.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// The image cannot be searched.
    #[error(transparent)]
    Detect(#[from] KernelError),
    /// The PSF model cannot be used.
    #[error("PSF model: {0}")]
    Psf(#[from] PsfError),
    /// The PSF model varies with something else than the position.
    #[error("the PSF model varies with {found}; expected X_IMAGE and Y_IMAGE, or nothing")]
    PsfContext {
        /// Names of its contexts.
        found: String,
    },
    /// A column that is not in the registry.
    #[error("column {0} is not known; docs/columns.md lists those that are, or leave `columns` empty")]
    UnknownColumn(String),
    /// CLASS_STAR without weights.
    #[error("the column CLASS_STAR needs a network: STARNNW_NAME in a .sex file, or the weights in [class_star]")]
    NoClassifier,
    /// The network of CLASS_STAR has another shape.
    #[error("class_star: {0}")]
    Classifier(#[from] ClassifierError),
}

impl StepError for DetectError {
    fn ending(&self) -> ErrorEnding {
        // Reasons name no folder: FITS errors say their kind.
        match self {
            Self::Output(error) => ErrorEnding::Disk(Reason::new("disk", error.source.kind().to_string())),
            Self::Fits(error) => match &error.kind {
                FitsErrorKind::Io(source) => ErrorEnding::Disk(Reason::new("disk", source.kind().to_string())),
                kind => ErrorEnding::Unprocessable(Reason::new("bad_fits", kind.to_string())),
            },
            Self::Detect(KernelError::Background(error)) => {
                ErrorEnding::Unprocessable(Reason::new("no_background", error.to_string()))
            }
            Self::Detect(error) => failed("bad_parameter", error),
            Self::Psf(error) => failed("bad_psf", error),
            Self::PsfContext { .. } => failed("bad_psf", self),
            Self::UnknownColumn(_) | Self::NoClassifier => failed("unknown_column", self),
            Self::Classifier(error) => failed("bad_parameter", error),
        }
    }
}

fn failed(kind: &str, error: &dyn std::error::Error) -> ErrorEnding {
    ErrorEnding::Failed { reason: Reason::new(kind, error.to_string()), temporary: false }
}
