//! How ingest fails.

use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// An error of one file.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It ends within its pixels.
    #[error("{0} is shorter than its header says: copy the file again, or move it away")]
    Short(String),
    /// A mistake of the program.
    #[error("{0} was not looked at")]
    NotSurveyed(String),
    /// Its header cannot be read.
    #[error("{message}")]
    Head {
        /// How it ends the unit.
        ending: ErrorEnding,
        /// What is wrong.
        message: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
}

step_harness::file_errors!(IngestError::File);

impl StepError for IngestError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Short(_) => failed("truncated"),
            Self::NotSurveyed(_) => failed("internal"),
            Self::Head { ending, .. } => ending.clone(),
            Self::File(error) => error.ending(),
        }
    }
}
