//! Why the demo cannot be run to its end.

/// The demo cannot be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The disk, or this program cannot be started.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
    /// The simulated sky.
    #[error("the simulated sky: {0}")]
    Sky(String),
    /// The chain ended badly; it has said why.
    #[error("the chain ended with exit code {0}")]
    Chain(u8),
    /// What the chain wrote cannot be read.
    #[error("{0}")]
    Result(String),
}
