//! Files that cannot be read, and reading those that are TOML.

use std::path::{Path, PathBuf};

/// A tree that cannot be read as a workspace.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct TreeError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// The text of a TOML file as a table.
pub(super) fn table(path: &Path) -> Result<toml::Table, TreeError> {
    let text = std::fs::read_to_string(path).map_err(|error| refuse(path, &error))?;
    text.parse().map_err(|error: toml::de::Error| refuse(path, &error))
}

/// The error of a file.
pub(super) fn refuse(path: &Path, problem: &dyn std::fmt::Display) -> TreeError {
    TreeError { path: path.to_owned(), problem: problem.to_string() }
}
