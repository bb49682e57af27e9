//! Why a run is not begun.

use std::path::Path;

use crate::exit;

/// Why a run is not begun: the sentence and the exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What is wrong and what to do.
    pub message: String,
    /// Exit code.
    pub exit: u8,
}

impl Refusal {
    pub(super) fn configuration(error: impl ToString) -> Self {
        Self { message: error.to_string(), exit: exit::CONFIGURATION }
    }

    pub(super) fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: exit::USAGE }
    }

    pub(super) fn disk(path: &Path, error: &std::io::Error) -> Self {
        Self { message: format!("{}: {error}", path.display()), exit: exit::DISK }
    }
}
