//! How the work on a unit ends, well or not.

use std::path::PathBuf;

use step_contract::Reason;

/// How a unit ended that did not fail.
#[derive(Clone, Debug)]
pub enum Outcome<F> {
    /// Done, with its facts.
    Done(F),
    /// Nothing to do here: a success.
    NoWork(Reason),
    /// Not asked for (`Reason::new("switched_off", ...)`).
    Skipped(Reason),
    /// Evidence or input that it needs is missing ([`Reason::blocked`]).
    Blocked(Reason),
}

/// How an error ends a unit.
#[derive(Clone, Debug)]
pub enum ErrorEnding {
    /// No better algorithm could do it.
    Unprocessable(Reason),
    /// It failed.
    Failed {
        /// Why; `kind` in snake_case.
        reason: Reason,
        /// Whether the same again may succeed (network, lock).
        temporary: bool,
    },
    /// The disk failed (full, unreadable): the step ends with exit code 74.
    Disk(Reason),
}

/// An error of a step: it says how it ends the unit.
pub trait StepError: std::error::Error + From<OutputError> + Send + Sync + 'static {
    /// Outcome of the unit.
    fn ending(&self) -> ErrorEnding;
}

/// A file could not be written.
#[derive(Debug)]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

impl std::fmt::Display for OutputError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (path, why) = (self.path.display().to_string(), self.source.to_string());
        // Most errors of the disk name the file already.
        if why.contains(&path) { formatter.write_str(&why) } else { write!(formatter, "write {path}: {why}") }
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl OutputError {
    /// How it ends a unit: the disk failed, and with it the step. The error number stays in the log.
    pub fn ending(&self) -> ErrorEnding {
        ErrorEnding::Disk(Reason::new("disk", self.source.kind().to_string()))
    }
}

/// An error with everything behind it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
