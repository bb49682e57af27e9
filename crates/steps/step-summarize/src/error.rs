//! Why a run cannot be summarized.

use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// A run cannot be summarized.
#[derive(Debug, thiserror::Error)]
pub enum SummarizeError {
    /// A manifest cannot be read.
    #[error("manifest of {label}: {message}")]
    Manifest {
        /// Label of the step.
        label: String,
        /// What is wrong.
        message: String,
    },
    /// A table or an image cannot be read.
    #[error("{what} of {unit}: {message}")]
    File {
        /// Which file.
        what: &'static str,
        /// Unit.
        unit: String,
        /// What is wrong.
        message: String,
    },
    /// Counts that must agree do not.
    #[error("{what} of {unit}: found {found}, expected {expected}; run filter again")]
    Open {
        /// What was counted.
        what: &'static str,
        /// Unit, or the run.
        unit: String,
        /// Count.
        found: u64,
        /// The other count.
        expected: u64,
    },
    /// A plot or a table cannot be made.
    #[error("{what}: {message}")]
    Page {
        /// Which page.
        what: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A file cannot be written.
    #[error("write {what}: {source}")]
    Write {
        /// Which page.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The harness cannot write.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl StepError for SummarizeError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Manifest { .. } => failed("bad_manifest"),
            Self::File { .. } => ErrorEnding::Unprocessable(Reason::new("bad_input", self.to_string())),
            Self::Open { .. } => failed("counts_disagree"),
            Self::Page { .. } => failed("page"),
            Self::Write { .. } | Self::Output(_) => ErrorEnding::Disk(Reason::new("disk", self.to_string())),
        }
    }
}
