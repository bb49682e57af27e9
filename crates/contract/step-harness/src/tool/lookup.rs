//! A program of the field, and where it lies.

use std::path::{Path, PathBuf};

use super::error::ToolError;

/// A program of the field that a step can use as its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Name of the engine in configurations and manifests: `sextractor`.
    pub engine: &'static str,
    /// Names of its program; the first one on PATH is taken.
    pub programs: &'static [&'static str],
    /// Argument with which it prints its version.
    pub version_argument: &'static str,
    /// Package of Debian that holds it.
    pub package: &'static str,
}

impl Tool {
    /// Where the program is.
    ///
    /// # Errors
    /// [`ToolError::Missing`], which names the package, when none of its names is an executable file on PATH.
    pub fn path(&self) -> Result<PathBuf, ToolError> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        self.programs
            .iter()
            .flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)))
            .find(|file| file.is_absolute() && is_executable(file))
            .ok_or(ToolError::Missing {
                engine: self.engine,
                programs: self.programs.join(" or "),
                package: self.package,
            })
    }

    /// Name of the program for messages.
    pub(super) fn name_of(&self, path: &Path) -> String {
        path.file_name().map_or_else(|| self.programs.join(" or "), |name| name.to_string_lossy().into_owned())
    }
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
