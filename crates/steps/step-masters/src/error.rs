//! Errors of the step.

use camera_frames::FrameOpenError;
use sky_stack::CombineError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Why a master was not made.
#[derive(Debug, thiserror::Error)]
pub enum MastersError {
    /// A frame could not be opened or read.
    #[error(transparent)]
    Frame(#[from] FrameOpenError),
    /// A file could not be written.
    #[error(transparent)]
    File(FileError),
    /// A member is a stack or a master already.
    #[error(
        "{unit} is no raw frame ({sign}); a master is made of raw frames: take it out of the folder, or offer it as a master"
    )]
    NotRaw {
        /// The frame.
        unit: String,
        /// What says so.
        sign: String,
    },
    /// A member has another size than the first one.
    #[error(
        "{unit} has {found_width} x {found_height} pixels, {first} has {width} x {height}; frames of one master are of one size"
    )]
    Size {
        /// The frame.
        unit: String,
        /// Its columns.
        found_width: usize,
        /// Its rows.
        found_height: usize,
        /// The first frame.
        first: String,
        /// Its columns.
        width: usize,
        /// Its rows.
        height: usize,
    },
    /// A flat is black.
    #[error("{unit} has no light once {subtracted} is taken off (level {level_adu:.1} ADU); it is no flat")]
    Dark {
        /// The frame.
        unit: String,
        /// What is taken off.
        subtracted: String,
        /// Its level.
        level_adu: f64,
    },
    /// No bias and no dark-flat belongs to a flat, or several do.
    #[error("{0}")]
    NoBias(String),
    /// The frames cannot be combined.
    #[error(transparent)]
    Combine(#[from] CombineError),
}

step_harness::file_errors!(MastersError::File);

impl StepError for MastersError {
    fn ending(&self) -> ErrorEnding {
        let unprocessable = |kind: &str| ErrorEnding::Unprocessable(Reason::new(kind, self.to_string()));
        match self {
            Self::Frame(error) => error.ending(),
            Self::File(error) => error.ending(),
            Self::NotRaw { .. } => unprocessable("not_raw"),
            Self::Size { .. } | Self::Combine(_) => unprocessable("bad_input"),
            Self::Dark { .. } => unprocessable("no_light"),
            Self::NoBias(_) => unprocessable("no_master"),
        }
    }
}
