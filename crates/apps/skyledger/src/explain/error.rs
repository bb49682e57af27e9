//! Why something cannot be explained.

/// It cannot be explained.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExplainError {
    /// The run has nothing of the kind.
    #[error("{0}")]
    Nothing(String),
    /// There is no such run.
    #[error("{0}")]
    Run(String),
    /// A file of the run cannot be read.
    #[error("{0}")]
    File(String),
}
