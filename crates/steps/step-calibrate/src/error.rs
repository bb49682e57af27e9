//! Errors of the step.

use camera_frames::FrameOpenError;
use products::facts::MissingMaster;
use products::frame_set::MISSING_DETAIL;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Why a light was not calibrated.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// A frame could not be opened or read.
    #[error(transparent)]
    Frame(#[from] FrameOpenError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// Masters that it has need of are not there.
    #[error("{0}")]
    Missing(String, Vec<MissingMaster>),
    /// Several masters belong to it alike.
    #[error("{kind} {masters} belong to the frame alike; take all but one out, or narrow the matching")]
    Several {
        /// Kind.
        kind: &'static str,
        /// Their ids.
        masters: String,
    },
    /// The frame says no size.
    #[error("the frame has no size in its facts; run ingest again")]
    NoSize,
}

step_harness::file_errors!(CalibrateError::File);

impl StepError for CalibrateError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::Frame(error) => error.ending(),
            Self::File(error) => error.ending(),
            Self::Missing(_, missing) => {
                let masters = serde_json::to_string(missing).unwrap_or_default();
                let reason = Reason::new("no_master", self.to_string()).with(MISSING_DETAIL, masters);
                ErrorEnding::Unprocessable(reason)
            }
            Self::Several { .. } => ErrorEnding::Unprocessable(Reason::new("several_masters", self.to_string())),
            Self::NoSize => ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string())),
        }
    }
}
