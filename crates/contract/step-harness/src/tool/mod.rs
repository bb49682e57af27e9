//! External programs that do the work of a step: found on PATH, asked for their version, run in a folder of their own within a
//! limit of time, and ended with every process that they started, also where their step is killed.

mod error;
mod guard;
mod limits;
mod run;

use std::path::PathBuf;

use step_contract::Engine;

pub use error::ToolError;
pub use guard::guard_engines;
pub use limits::EngineLimits;
pub use run::{ToolOutput, ToolRun};

use run::VERSION_LIMIT;

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

    /// Name and version as manifests and keys have them: the first word of what the program prints for its version that begins
    /// with a digit.
    ///
    /// # Errors
    /// When it is missing, cannot be started, or prints no version within ten seconds.
    pub fn found(&self) -> Result<Engine, ToolError> {
        let path = self.path()?;
        let folder = tempfile::tempdir().map_err(|source| ToolError::Start { program: self.name_of(&path), source })?;
        let output = ToolRun::new(*self, folder.path())
            .argument(self.version_argument)
            .time_limit(VERSION_LIMIT)
            .run(&|| false)?;
        let words = output.stdout.split_whitespace().chain(output.stderr.split_whitespace());
        let version = words.map(|word| word.trim_matches(['(', ')', ','])).find(|word| is_version(word));
        match version {
            Some(version) => Ok(Engine { name: self.engine.to_owned(), version: version.to_owned() }),
            None => Err(ToolError::NoVersion {
                program: self.name_of(&path),
                argument: self.version_argument,
                package: self.package,
            }),
        }
    }

    fn name_of(&self, path: &std::path::Path) -> String {
        path.file_name().map_or_else(|| self.programs.join(" or "), |name| name.to_string_lossy().into_owned())
    }
}

/// `2.25.0`, `3.4.7-debian`: a digit first, a dot somewhere, and nothing that a manifest should not hold.
fn is_version(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.contains('.')
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-+~".contains(letter))
}

fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_dates_and_words() {
        for (word, expected) in
            [("2.25.0", true), ("3.4.7-debian", true), ("2018-02-08", false), ("STILTS", false), ("1.2/etc", false)]
        {
            assert_eq!(is_version(word), expected, "{word}");
        }
    }

    #[test]
    fn a_program_that_is_nowhere_names_its_package() {
        let tool = Tool {
            engine: "sextractor",
            programs: &["no-such-program-a", "no-such-program-b"],
            version_argument: "--version",
            package: "source-extractor",
        };
        let error = tool.found().expect_err("there is no such program").to_string();
        assert!(error.contains("no-such-program-a or no-such-program-b"), "{error}");
        assert!(error.contains("apt-get install source-extractor"), "{error}");
    }
}
