//! How cull fails.

use sky_plot::PlotError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// An error of one group.
#[derive(Debug, thiserror::Error)]
pub enum CullError {
    /// The picture of the night cannot be drawn.
    #[error("the picture of the night cannot be drawn: {0}")]
    Plot(#[from] PlotError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
}

step_harness::file_errors!(CullError::File);

impl StepError for CullError {
    fn ending(&self) -> ErrorEnding {
        match self {
            Self::Plot(_) => ErrorEnding::Failed { reason: Reason::new("page", self.to_string()), temporary: false },
            Self::File(error) => error.ending(),
        }
    }
}
