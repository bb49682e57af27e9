//! How measure fails.

use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// An error of one frame.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// No cell of the frame has a sky.
    #[error("{0}: no part of the frame has a level of the sky: found no number in any cell; move the file away")]
    NoSky(String),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
}

step_harness::file_errors!(MeasureError::File);

impl StepError for MeasureError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::NoSky(_) => ErrorEnding::Unprocessable(Reason::new("no_background", self.to_string())),
            Self::File(error) => error.ending(),
        }
    }
}
