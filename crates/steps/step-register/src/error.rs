//! Errors of the step.

use camera_frames::FrameOpenError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Why a frame was not registered though it could have been.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// A frame could not be opened or read.
    #[error(transparent)]
    Frame(#[from] FrameOpenError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The selection names no reference though it keeps the frame.
    #[error("the selection of {0} names no reference frame; run cull again")]
    NoReference(String),
}

step_harness::file_errors!(RegisterError::File);

impl StepError for RegisterError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::Frame(error) => error.ending(),
            Self::File(error) => error.ending(),
            Self::NoReference(_) => {
                ErrorEnding::Failed { reason: Reason::new("no_reference", self.to_string()), temporary: false }
            }
        }
    }
}
