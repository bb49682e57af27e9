//! Errors of the step.

use camera_frames::FrameOpenError;
use sky_plot::PlotError;
use sky_stack::CombineError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Why a stack was not made.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A frame could not be opened or read.
    #[error(transparent)]
    Frame(#[from] FrameOpenError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The frames cannot be combined.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// A picture could not be written.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A member was never registered.
    #[error("{0} is not registered: it has no fact registration; run register first")]
    NotRegistered(String),
    /// A member lies on another reference than the first one.
    #[error("{unit} lies on {found}, the others on {expected}; run register again for the whole group")]
    OtherReference {
        /// The frame.
        unit: String,
        /// Its reference.
        found: String,
        /// That of the others.
        expected: String,
    },
    /// A member has other planes than the first one.
    #[error("{unit} has {found} planes, the others {expected}; colour and monochrome frames are not stacked together")]
    Planes {
        /// The frame.
        unit: String,
        /// Its planes.
        found: usize,
        /// Those of the others.
        expected: usize,
    },
    /// A member's matrix cannot be used.
    #[error("the transformation of {0} cannot be used; run register again")]
    Matrix(String),
    /// A member has no pixels to tell its level.
    #[error("{0} has no datum on the rows that its level is measured on; leave it out")]
    NoLevel(String),
    /// The stack has no pixel.
    #[error("no pixel of the reference is covered by any frame")]
    Empty,
}

step_harness::file_errors!(StackError::File);

impl StepError for StackError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Frame(error) => error.ending(),
            Self::File(error) => error.ending(),
            Self::Combine(_) | Self::Planes { .. } | Self::NoLevel(_) | Self::Empty => {
                ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string()))
            }
            Self::Plot(_) => failed("page"),
            Self::NotRegistered(_) | Self::OtherReference { .. } | Self::Matrix(_) => failed("no_registration"),
        }
    }
}
