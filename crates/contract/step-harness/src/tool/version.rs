//! The version of an external program, as it tells it itself.

use std::time::Duration;

use step_contract::Engine;

use super::error::ToolError;
use super::lookup::Tool;
use super::run::ToolRun;

/// A program that is asked for its version has so long.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

impl Tool {
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
}

/// `2.25.0`, `3.4.7-debian`: a digit first, a dot somewhere, and nothing that a manifest should not hold.
fn is_version(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.contains('.')
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-+~".contains(letter))
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
