//! How psf fails.

use products::frame_set::FrameRoleError;
use sky_background::BackgroundError;
use sky_psf::PsfError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError, ToolError};

/// An error of one frame.
#[derive(Debug, thiserror::Error)]
pub enum PsfStepError {
    /// There is no model of this frame.
    #[error(transparent)]
    Psf(#[from] PsfError),
    /// The image has no background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// A column is missing in the catalogue.
    #[error("the catalogue has no column {0}; psf needs it")]
    MissingColumn(String),
    /// PSFEx needs a column that catalogues have only when asked for.
    #[error("the catalogue has no column {0}, which PSFEx reads; set detect.vignet = true in pass 1")]
    MissingForPsfex(String),
    /// PSFEx failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// Image, mask and catalogue do not fit together.
    #[error("{0}")]
    Frame(String),
    /// The frame is a camera's file.
    #[error(transparent)]
    Role(#[from] FrameRoleError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
}

step_harness::file_errors!(PsfStepError::File);

impl StepError for PsfStepError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Psf(error) if error.is_of_data() => {
                ErrorEnding::Unprocessable(Reason::new(error.kind(), self.to_string()))
            }
            Self::Psf(error) => failed(error.kind()),
            Self::Background(_) => ErrorEnding::Unprocessable(Reason::new("no_background", self.to_string())),
            Self::MissingColumn(_) | Self::MissingForPsfex(_) => failed("columns_missing"),
            Self::Tool(error) => error.ending(),
            Self::Frame(_) => ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string())),
            Self::Role(error) => ErrorEnding::Failed { reason: error.reason(), temporary: false },
            Self::File(error) => error.ending(),
        }
    }
}
