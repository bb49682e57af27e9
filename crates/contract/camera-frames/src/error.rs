//! A frame cannot be opened or read.

use sky_camera::frame::FrameError;
use sky_fits::FitsError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, of_fits};

/// A frame cannot be opened or read. A step's error has it as one transparent member.
#[derive(Debug, thiserror::Error)]
pub enum FrameOpenError {
    /// A FITS or XISF file.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// A master belongs to frames of another size: the frame, and what is wrong.
    #[error("frame {unit}: {problem}")]
    Size {
        /// The frame.
        unit: String,
        /// What is wrong.
        problem: String,
    },
    /// A compressed file could not be unpacked into the cache.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl FrameOpenError {
    /// How it ends a unit.
    pub fn ending(&self) -> ErrorEnding {
        match self {
            Self::Fits(error) => of_fits(error),
            Self::Size { .. } => ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string())),
            Self::Output(error) => error.ending(),
        }
    }

    /// An error of a frame's pixels.
    pub fn of(unit: &str, error: FrameError<FitsError>) -> Self {
        match error {
            FrameError::Read(error) => Self::Fits(error),
            FrameError::Size(..) => Self::Size { unit: unit.to_owned(), problem: error.to_string() },
        }
    }
}
