//! Errors of the step.

use products::frame_set::FrameRoleError;
use sky_detect::DetectError as KernelError;
use sky_photometry::ClassifierError;
use sky_psf::PsfError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError, ToolError};

/// Why a frame has no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The frame is a camera's file.
    #[error(transparent)]
    Role(#[from] FrameRoleError),
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
    /// SExtractor failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A parameter that SExtractor does not have.
    #[error("source-extractor does not offer {0} here; leave it out or use engine = \"native\"")]
    NotOffered(String),
    /// More than one manifest bound to a member that takes one.
    #[error("{found} manifests are bound to {member}; it takes one")]
    Companions {
        /// Name of the input.
        member: &'static str,
        /// Manifests bound to it.
        found: usize,
    },
    /// A weight map is asked for and none is there.
    #[error("a weight map is asked for (WEIGHT_TYPE, weights.required) and none is bound: add --read weights=FILE")]
    NoWeights,
    /// A flag image is asked for and none is there.
    #[error("a flag image is asked for (FLAG_IMAGE, flag_image.required) and none is bound: add --read flags=FILE")]
    NoFlags,
    /// A flag image that is none.
    #[error("the flag image holds {found}, expected whole numbers from 0 to 4294967295")]
    Flags {
        /// The first value that is no flag.
        found: f64,
    },
    /// A flag image of another shape.
    #[error(
        "the flag image has {found_width} x {found_height} pixels, the image {width} x {height}; they must be equal"
    )]
    FlagShape {
        /// Its columns.
        found_width: usize,
        /// Its rows.
        found_height: usize,
        /// Columns of the image.
        width: usize,
        /// Rows of the image.
        height: usize,
    },
    /// The file has no such image.
    #[error("frame.extension is {wanted:?}; the file holds {found}")]
    Extension {
        /// What was asked for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// CLASS_STAR without weights.
    #[error("the column CLASS_STAR needs a network: STARNNW_NAME in a .sex file, or the weights in [class_star]")]
    NoClassifier,
    /// The network of CLASS_STAR has another shape.
    #[error("class_star: {0}")]
    Classifier(#[from] ClassifierError),
}

step_harness::file_errors!(DetectError::File);

impl StepError for DetectError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::File(error) => error.ending(),
            Self::Detect(KernelError::Background(error)) => {
                ErrorEnding::Unprocessable(Reason::new("no_background", error.to_string()))
            }
            Self::Detect(error @ KernelError::NoNoise { .. }) => {
                ErrorEnding::Unprocessable(Reason::new("no_noise", error.to_string()))
            }
            Self::Detect(error) => failed("configuration", error),
            Self::Psf(error) => failed("bad_psf", error),
            Self::PsfContext { .. } => failed("bad_psf", self),
            Self::Role(error) => ErrorEnding::Failed { reason: error.reason(), temporary: false },
            Self::Tool(error) => error.ending(),
            Self::NotOffered(_) => failed("configuration", self),
            Self::Companions { .. } | Self::NoWeights | Self::NoFlags => failed("configuration", self),
            Self::Flags { .. } | Self::FlagShape { .. } | Self::Extension { .. } => {
                ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string()))
            }
            Self::UnknownColumn(_) | Self::NoClassifier => failed("configuration", self),
            Self::Classifier(error) => failed("configuration", error),
        }
    }
}

fn failed(kind: &str, error: &dyn std::error::Error) -> ErrorEnding {
    ErrorEnding::Failed { reason: Reason::new(kind, error.to_string()), temporary: false }
}
