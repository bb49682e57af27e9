//! Why a step ended before its units did.

/// Why a step ended before its units did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A signal, or the end of the runner; the exit code.
    Stopped(u8),
    /// More units failed than allowed; whether every failure is temporary.
    TooManyFailed { failed: usize, temporary: bool },
    /// The disk failed.
    Disk(String),
    /// The step broke the contract: a mistake of its programmer.
    Contract(String),
    /// A wrong argument.
    Usage(String),
    /// Nothing was to be done.
    DryRun,
}
